import io.deskwave.control.chaos.ChaosRun;
import io.deskwave.control.chaos.Options;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The long form of ChaosIT. See scripts/chaos. */
final class Chaos {
    private Chaos() {}

    /** First the run's folder, the folder of the programs, the agent's Java options, and whether small disks can be made. */
    public static void main(String[] arguments) throws Exception {
        Options options;
        try {
            options = Options.parse(Arrays.asList(arguments).subList(4, arguments.length));
        } catch (IllegalArgumentException e) {
            System.err.println("chaos: " + e.getMessage());
            System.exit(2);
            return;
        }
        Path programs = Path.of(arguments[1]);
        ChaosRun.Result result = ChaosRun.in(
                Files.createDirectories(Path.of(arguments[0])).toRealPath(),
                programs.resolve("control-plane.jar"),
                programs.resolve("desktop-agent.jar"),
                Path.of(arguments[2]),
                options,
                arguments[3].equals("own-disks"),
                System.out);
        Path report = options.report();
        if (report != null) {
            Files.write(report, result.summary());
        }
        System.exit(finished(result.findings()));
    }

    private static int finished(List<String> findings) {
        return findings.isEmpty() ? 0 : 1;
    }
}
