package io.deskwave.control.backup;

import java.util.regex.Pattern;

/**
 * What a backup holds besides its manifest: names in it, and by the same names in the data folder. Who writes and who reads a
 * backup goes by the same rule for names.
 */
final class Members {
    static final String MASTER_KEY = "master.key";
    static final String BOOTSTRAP = "bootstrap.json";
    static final String POSTGRES = "postgres";
    static final String PASSWORD = "postgres/password";
    static final String DATA = "postgres/data";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*");

    private Members() {}

    /** Whether it is a relative path that stays below, of the letters that PostgreSQL names its files with. */
    static boolean fits(String name) {
        return NAME.matcher(name).matches();
    }
}
