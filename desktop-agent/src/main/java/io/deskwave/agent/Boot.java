package io.deskwave.agent;

import io.deskwave.protocol.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import oshi.SystemInfo;

/** The boot this machine is in, or the simulated one that is told in its place. Blocking. */
record Boot(String id, Instant time) {

    static Boot real() {
        try {
            if (Platform.LINUX) {
                return new Boot(
                        Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                                .strip(),
                        linuxBootTime());
            }
        } catch (IOException e) {
            // as everywhere else, then
        }
        long seconds = new SystemInfo().getOperatingSystem().getSystemBootTime();
        return new Boot("booted-at-minute-" + (seconds + 30) / 60, Instant.ofEpochSecond(seconds));
    }

    /** What an earlier simulated power action left. */
    static Optional<Boot> simulated(Path file) throws IOException {
        return Files.exists(file) ? Optional.of(Wire.fromJson(Files.readString(file), Boot.class)) : Optional.empty();
    }

    static Boot simulate(Path file) throws IOException {
        var boot = new Boot("simulated-" + UUID.randomUUID(), Instant.now());
        DurableFile.write(file, Wire.toJson(boot));
        return boot;
    }

    private static Instant linuxBootTime() throws IOException {
        return Files.readAllLines(Path.of("/proc/stat")).stream()
                .filter(line -> line.startsWith("btime "))
                .map(line ->
                        Instant.ofEpochSecond(Long.parseLong(line.substring(6).strip())))
                .findFirst()
                .orElse(Instant.EPOCH);
    }
}
