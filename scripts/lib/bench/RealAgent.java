import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** The agent itself, as a process that runs scripts for real, with the flags of the README's service. */
final class RealAgent {
    private static final Path OPTIONS = Path.of("desktop-agent/desktop-agent.options");
    private static final int CONNECT_SECONDS = 60;

    private final Programs programs;
    private final Process process;
    private final String desktopId;
    private final double connectMillis;

    private RealAgent(Programs programs, Process process, String desktopId, double connectMillis) {
        this.programs = programs;
        this.process = process;
        this.desktopId = desktopId;
        this.connectMillis = connectMillis;
    }

    /** By {@code java -jar}, as the README has it. */
    static RealAgent start(Stage stage, String name, String log) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of("@" + OPTIONS.toAbsolutePath(), "-jar",
                stage.options().program().resolve("desktop-agent.jar").toString()));
        return start(stage, command, name, log);
    }

    /** @param program what stands before {@code run}; {@code name} is the desktop's and its home's */
    static RealAgent start(Stage stage, List<String> program, String name, String log)
            throws IOException, InterruptedException {
        Programs programs = stage.programs();
        Path token = programs.run().resolve("enrollment-token-" + stage.node().pid());
        if (!Files.exists(token)) {
            Files.createFile(token, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(token, new JsonObject(Files.readString(stage.node().bootstrap())).getString("enrollment_token"));
        }
        var command = new ArrayList<>(program);
        command.addAll(List.of("run", "--home", programs.run().resolve(name).toString(),
                "--enrollment-token-file", token.toString(), "--name", name, "--power", "simulate"));
        long began = System.nanoTime();
        Process process = programs.start(log, command, "");
        String line = programs.awaitLine(process, log, "connected ", CONNECT_SECONDS);
        return new RealAgent(programs, process, line.substring("connected ".length()), Commands.millisSince(began));
    }

    String desktopId() {
        return desktopId;
    }

    /** From the start of its process to the line {@code connected}. */
    double connectMillis() {
        return connectMillis;
    }

    double rssMib() throws IOException {
        return ProcFs.rssKib(process.pid()) / 1024.0;
    }

    void stop() {
        programs.end(process, 10);
    }
}
