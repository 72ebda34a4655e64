package io.deskwave.control.http;

/** A page as the vendor's operations ask for it; its limits stand in the OpenAPI document. */
public record Paging(int offset, int limit) {
    private static final int USUAL = 10;

    public static Paging of(ApiCall call) {
        return of(call, USUAL);
    }

    public static Paging of(ApiCall call, int limitWhenAbsent) {
        return new Paging(call.queryNumber("offset", 0), call.queryNumber("limit", limitWhenAbsent));
    }
}
