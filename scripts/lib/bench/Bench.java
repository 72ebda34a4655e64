import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;

/**
 * The main class of scripts/bench: PROGRAM_FOLDER RUN_FOLDER RESULT_FOLDER [CASE...] [OPTIONS]. Prints the table as Markdown
 * on standard output and what it does on standard error. Exit code 0 when everything was right, however long it took; 1 when
 * something was lost, doubled or miscounted, or could not be measured; 2 usage.
 */
final class Bench {
    private static final long LONGEST_MINUTES = 40;

    private Bench() {}

    public static void main(String[] arguments) throws Exception {
        Options options;
        List<Case> cases;
        try {
            options = Options.parse(arguments);
            cases = options.cases().isEmpty()
                    ? Arrays.stream(Case.values()).filter(Case::isUsual).toList()
                    : options.cases().stream().map(Case::named).toList();
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(2);
            return;
        }
        giveUpAfter(LONGEST_MINUTES);
        var report = new Report();
        var load = Machine.here("");
        var stage = new Stage(options, new Programs(options.run()), report);
        cases.forEach(each -> run(each, stage, report));
        atTheEnd(stage, report);
        var machine = new Machine(
                load.cpu(), load.cores(), load.memoryGib(), load.kernel(), java(load, options), stage.postgresVersion(), load.load());
        Files.createDirectories(options.results());
        report.write(options.results(), machine);
        if (!cases.equals(List.of(Case.SHORT))) {
            System.out.println(report.markdown(machine));
        }
        System.exit(report.isRight() ? 0 : 1);
    }

    private static String java(Machine machine, Options options) {
        return options.jvm().isEmpty() ? machine.java() : machine.java() + " with " + String.join(" ", options.jvm());
    }

    /** A case that cannot go on is wrong, and no reason not to try the next. */
    private static void run(Case each, Stage stage, Report report) {
        report.beginCase(each.word());
        System.err.println("bench: " + each.word() + ": " + each.about());
        try {
            each.run(stage);
        } catch (Exception e) {
            report.wrong(e instanceof IOException ? e.getMessage() : String.valueOf(e));
            if (!(e instanceof IOException)) {
                e.printStackTrace();
            }
            atTheEnd(stage, report);
        }
    }

    private static void atTheEnd(Stage stage, Report report) {
        try {
            stage.clear();
        } catch (Exception e) {
            report.wrong(String.valueOf(e));
        }
    }

    private static void giveUpAfter(long minutes) {
        var watchdog = new Thread(
                () -> {
                    try {
                        Thread.sleep(minutes * 60_000);
                        System.err.println("bench: no end after " + minutes + " minutes");
                        System.exit(1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "watchdog");
        watchdog.setDaemon(true);
        watchdog.start();
    }
}
