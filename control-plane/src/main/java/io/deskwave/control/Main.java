package io.deskwave.control;

import io.deskwave.control.backup.BackupFault;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.DatabaseFault;
import io.deskwave.control.iam.MasterKey;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/**
 * The program: {@code serve}, {@code backup}, {@code restore}. Exit codes: 0 asked to stop, or done; 1 cannot; 2 wrong command
 * line; 143 asked twice.
 */
public final class Main {
    /** Besides the time that the operator gives it. */
    private static final int STOP_SECONDS = 25;

    /** For how long netty runs tasks before it reads, as it sees after each 64 of them: 1 s, unless told, no less than 100 ms. */
    private static final String TASKS_MILLIS = "io.netty.eventLoop.maxTaskProcessingQuantumMs";

    /** That of the process itself, and the one that reads. */
    private static final int OTHER_LOOPS = 2;

    private static final int KILLED = 143;
    private static final AtomicInteger EXIT = new AtomicInteger();
    private static final AtomicBoolean STOPPING = new AtomicBoolean();

    private Main() {}

    public static void main(String[] arguments) {
        if (Config.asksForHelp(List.of(arguments))) {
            System.out.print(Config.usage());
            return;
        }
        List<String> options = List.of(arguments).subList(1, arguments.length);
        try {
            switch (arguments[0]) {
                case "backup" -> BackupCommand.run(Options.parse(options, BackupCommand.OPTIONS, System.getenv()));
                case "restore" -> RestoreCommand.run(Options.parse(options, RestoreCommand.OPTIONS, System.getenv()));
                default -> serve(Config.parse(List.of(arguments), System.getenv()));
            }
        } catch (Config.Wrong e) {
            System.err.println("deskwave: " + e.getMessage());
            System.exit(2);
        } catch (StartFault | DatabaseFault | BackupFault | MasterKey.Unusable e) {
            System.err.println("deskwave: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void serve(Config config) {
        System.setProperty(TASKS_MILLIS, System.getProperty(TASKS_MILLIS, "100"));
        var options = new VertxOptions().setPreferNativeTransport(true);
        options.setEventLoopPoolSize(Math.max(options.getEventLoopPoolSize(), config.eventLoops() + OTHER_LOOPS));
        Vertx vertx = Vertx.vertx(options);
        vertx.exceptionHandler(Main::unforeseen);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> stop(vertx, config.drainSeconds() + STOP_SECONDS), "stop"));
        ControlPlane controlPlane = new ControlPlane(config);
        vertx.deployVerticle(controlPlane)
                .onSuccess(id -> System.out.println("ready " + controlPlane.url()))
                .onFailure(Main::giveUp);
    }

    /** A node without memory is no node: it ends, agents go elsewhere or wait, and whoever started it starts it again. */
    private static void unforeseen(Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            System.err.println("deskwave: out of memory, ending at once: give it more with -Xmx");
            Runtime.getRuntime().halt(1);
        }
        LoggerFactory.getLogger(Main.class).error("an event failed in a way nobody foresaw", failure);
    }

    private static void giveUp(Throwable cause) {
        if (STOPPING.get()) {
            return; // a signal came while it started: that is no fault
        }
        System.err.println("deskwave: " + sentence(cause));
        EXIT.set(1);
        new Thread(() -> System.exit(1), "exit").start();
    }

    private static String sentence(Throwable cause) {
        if (cause instanceof StartFault
                || cause instanceof DatabaseFault
                || cause instanceof BackupFault
                || cause instanceof MasterKey.Unusable) {
            return String.valueOf(cause.getMessage());
        }
        if (Database.isUnavailable(cause)) {
            return "the database went away or did not answer while this node started (" + cause.getMessage()
                    + "): start it again";
        }
        LoggerFactory.getLogger(Main.class).error("the start failed in a way nobody foresaw", cause);
        return "cannot start: " + cause;
    }

    /** Runs on SIGTERM, SIGINT and {@link System#exit}. Without the halt a signal would end in exit code 143. */
    private static void stop(Vertx vertx, int withinSeconds) {
        STOPPING.set(true);
        SecondSignal.runs(() -> {
            System.err.println("deskwave: asked a second time, ending at once");
            Runtime.getRuntime().halt(KILLED);
        });
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(withinSeconds, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            System.err.println("deskwave: did not stop in order: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.err.flush();
        Runtime.getRuntime().halt(EXIT.get());
    }
}
