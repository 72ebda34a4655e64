package io.deskwave.agent;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The command line: exit code 0 asked to stop, 2 usage, 3 refused for good. */
public final class Main {
    private static final int USAGE = 2;
    private static final int REFUSED = 3;

    private Main() {}

    public static void main(String[] args) {
        // The machine's own resolver: it knows the hosts file and what the desktop's network set up.
        System.setProperty("vertx.disableDnsResolver", "true");
        // Netty's events for the flight recorder, which nobody records, keep more than 2 MB.
        System.setProperty("io.netty.jfr.enabled", "false");
        if (List.of(args).contains("--help")) {
            System.out.println(Config.USAGE);
            return;
        }
        try {
            run(Config.parse(List.of(args), System.getenv()));
        } catch (UsageException e) {
            System.err.println(e.getMessage());
            System.exit(USAGE);
        }
    }

    private static void run(Config config) {
        Vertx vertx = vertx();
        var exitCode = new AtomicInteger();
        var agent = new Agent(vertx, config, Main::printConnected);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(agent, exitCode), "shutdown"));
        var unused = agent.start().compose(started -> agent.ended()).onFailure(cause -> {
            System.err.println(Outcomes.sentence(cause));
            exitCode.set(cause instanceof RefusedException ? REFUSED : cause instanceof UsageException ? USAGE : 1);
            new Thread(() -> System.exit(exitCode.get()), "exit").start();
        });
    }

    /** One event loop and few workers: this is a guest on somebody's desktop. */
    static Vertx vertx() {
        return Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(6)
                .setInternalBlockingPoolSize(2)
                .setMaxWorkerExecuteTime(30)
                .setMaxWorkerExecuteTimeUnit(TimeUnit.SECONDS)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
    }

    private static void printConnected(UUID desktopId) {
        System.out.println("connected " + desktopId);
    }

    /** In a shutdown hook the exit code of a signal is the JVM's, so it is halted with ours. */
    private static void stop(Agent agent, AtomicInteger exitCode) {
        var done = new CountDownLatch(1);
        var unused = agent.stop().onComplete(ignored -> done.countDown());
        try {
            boolean inTime = done.await(2500, TimeUnit.MILLISECONDS);
            assert inTime || exitCode.get() >= 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.out.flush();
        Runtime.getRuntime().halt(exitCode.get());
    }
}
