package io.deskwave.control.desktop;

/** A label of a desktop; a desktop has one value for a key. What a key and a value may contain stands in the OpenAPI document. */
public record Tag(String key, String value) {
    /** The most that one desktop may have. */
    public static final int MOST = 20;
}
