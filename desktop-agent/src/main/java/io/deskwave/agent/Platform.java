package io.deskwave.agent;

import java.util.Locale;

/** Which family of operating system this is. */
final class Platform {
    static final boolean WINDOWS =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
    static final boolean LINUX =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux");

    private Platform() {}
}
