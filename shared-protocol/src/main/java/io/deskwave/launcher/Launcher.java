package io.deskwave.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.jar.Manifest;

/**
 * What {@code java -jar} starts: says in one sentence that Java is too old, where the JVM itself would only show a stack trace,
 * and goes on to the program that the manifest's {@code Deskwave-Main} names. The one class compiled for Java 8.
 */
public final class Launcher {
    private static final int NEEDED = 17;
    private static final int TOO_OLD = 1;

    private Launcher() {}

    public static void main(String[] arguments) throws Throwable {
        String version = System.getProperty("java.specification.version");
        if (!isNewEnough(version)) {
            System.err.println("deskwave: this needs Java " + NEEDED + " or newer, and this is Java " + version
                    + ": install a newer one and start it with that, for example $JAVA_HOME/bin/java");
            System.exit(TOO_OLD);
        }
        try {
            Class.forName(program()).getMethod("main", String[].class).invoke(null, (Object) arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** {@code 1.8} is 8; {@code 17} is 17. */
    static boolean isNewEnough(String specificationVersion) {
        String major = specificationVersion.startsWith("1.") ? specificationVersion.substring(2) : specificationVersion;
        return Integer.parseInt(major) >= NEEDED;
    }

    private static String program() throws IOException {
        try (InputStream in = Launcher.class.getResourceAsStream("/META-INF/MANIFEST.MF")) {
            return new Manifest(in).getMainAttributes().getValue("Deskwave-Main");
        }
    }
}
