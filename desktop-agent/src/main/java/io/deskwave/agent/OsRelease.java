package io.deskwave.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The name and version a Linux distribution gives itself. */
record OsRelease(String name, String version) {
    static OsRelease read() {
        try {
            List<String> lines = Files.readAllLines(Path.of("/etc/os-release"));
            return new OsRelease(value(lines, "NAME="), value(lines, "VERSION="));
        } catch (IOException e) {
            return new OsRelease("Linux", System.getProperty("os.version", ""));
        }
    }

    private static String value(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()).replace("\"", "").strip())
                .findFirst()
                .orElse("");
    }
}
