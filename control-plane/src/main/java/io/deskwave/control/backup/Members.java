package io.deskwave.control.backup;

/** What a backup holds besides its manifest: names in it, and by the same names in the data folder. */
final class Members {
    static final String MASTER_KEY = "master.key";
    static final String BOOTSTRAP = "bootstrap.json";
    static final String POSTGRES = "postgres";
    static final String PASSWORD = "postgres/password";
    static final String DATA = "postgres/data";

    private Members() {}
}
