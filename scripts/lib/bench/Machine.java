import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What the figures were measured on. */
record Machine(String cpu, int cores, long memoryGib, String kernel, String java, String postgresql, double load) {
    static Machine here(String postgresql) throws IOException {
        return new Machine(
                value("/proc/cpuinfo", "model name", "unknown CPU"),
                Runtime.getRuntime().availableProcessors(),
                Math.round(Long.parseLong(value("/proc/meminfo", "MemTotal", "0").replaceAll("\\D", "")) / 1048576.0),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.version"),
                postgresql,
                Math.round(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage() * 10) / 10.0);
    }

    private static String value(String file, String key, String otherwise) throws IOException {
        Path path = Path.of(file);
        return !Files.isReadable(path)
                ? otherwise
                : Files.readAllLines(path).stream()
                        .filter(line -> line.startsWith(key))
                        .map(line -> line.substring(line.indexOf(':') + 1).trim())
                        .findFirst()
                        .orElse(otherwise);
    }

    String sentence() {
        return String.format(
                Locale.ROOT,
                "%s, %d cores, %d GiB, %s, Java %s, PostgreSQL %s, load %.1f before",
                cpu,
                cores,
                memoryGib,
                kernel,
                java,
                postgresql,
                load);
    }

    JsonObject json() {
        return new JsonObject()
                .put("cpu", cpu)
                .put("cores", cores)
                .put("memory_gib", memoryGib)
                .put("kernel", kernel)
                .put("java", java)
                .put("postgresql", postgresql)
                .put("load_before", load);
    }
}
