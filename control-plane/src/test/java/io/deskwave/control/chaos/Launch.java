package io.deskwave.control.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Starts programs so that the kernel ends them with this JVM, however that ends. */
final class Launch {
    /** The kernel looks at the thread that started a program, so it is one that stays. */
    private static final ExecutorService STARTER = Executors.newSingleThreadExecutor(task -> {
        var thread = new Thread(task, "chaos-starter");
        thread.setDaemon(true);
        return thread;
    });

    private static final List<String> END_WITH_US = List.of("setpriv", "--pdeathsig", "KILL");
    private static final boolean CAN_END_WITH_US = works(END_WITH_US);

    private Launch() {}

    /** @param log takes both streams, at its end */
    static Process start(List<String> command, Map<String, String> environment, Path log) throws IOException {
        var all = new ArrayList<String>();
        if (CAN_END_WITH_US) {
            all.addAll(END_WITH_US);
        }
        all.addAll(command);
        var builder = new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("DESKWAVE_"));
        builder.environment().putAll(environment);
        try {
            return STARTER.submit(builder::start).get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a program that needs nothing but arguments starts behind this. */
    static boolean works(List<String> wrapper) {
        var command = new ArrayList<>(wrapper);
        command.add("true");
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
