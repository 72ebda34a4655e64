package io.deskwave.control.provider;

import io.deskwave.control.desktop.ProviderCall;
import io.deskwave.control.desktop.ProviderCall.Answer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The executable that the operator named, run beside the event loop. */
public final class Provider {
    /** Each is a process with its children; what they talk to has limits as well. */
    static final int AT_ONCE = 4;
    /** Of rebuilds and snapshots, which may take long: a start has not to wait for them. */
    static final int SLOW_AT_ONCE = AT_ONCE - 1;

    private static final Logger LOG = LoggerFactory.getLogger(Provider.class);
    /** To store its answer before the sweeper comes. */
    private static final Duration BEFORE_DEADLINE = Duration.ofSeconds(2);

    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private final ProviderProcess process;
    private final Supplier<String> endpoint;
    private final InstantSource clock;
    private final WorkerExecutor workers;

    /** @param endpoint where agents reach this control plane */
    public Provider(Vertx vertx, Path program, Supplier<String> endpoint, InstantSource clock) {
        this.process = new ProviderProcess(program.toAbsolutePath());
        this.endpoint = endpoint;
        this.clock = clock;
        this.workers = vertx.createSharedWorkerExecutor("provider", AT_ONCE, 1, TimeUnit.DAYS);
    }

    /** What keeps a file from being a provider, as the rest of a sentence about it. */
    public static Optional<String> fault(Path program) {
        if (!Files.exists(program)) {
            return Optional.of("is not there");
        }
        if (!Files.isRegularFile(program)) {
            return Optional.of("is not a file");
        }
        return Files.isExecutable(program) ? Optional.empty() : Optional.of("may not be executed: check its mode");
    }

    /** Whatever the provider does, there is an answer before the deadline. Fails only when this node ends. */
    Future<Answer> ask(ProviderCall call) {
        Duration left = Duration.between(clock.instant(), call.deadline()).minus(BEFORE_DEADLINE);
        Duration within = left.compareTo(SHORTEST) < 0 ? SHORTEST : left;
        return workers.executeBlocking(
                () -> {
                    LOG.info("asking the provider: {}", call);
                    ProviderProcess.Ended ended =
                            process.run(call.actionId(), ProviderQuestion.of(call, endpoint.get()), within);
                    ended.stderr()
                            .lines()
                            .map(line -> ProviderAnswer.clean(line, call.enrollmentToken()))
                            .filter(line -> !line.isEmpty())
                            .limit(50)
                            .forEach(line -> LOG.info("provider {}: {}", call.actionId(), line));
                    Answer answer = ProviderAnswer.of(ended, call.enrollmentToken());
                    LOG.info("the provider's answer to {}: {} {}", call.actionId(), answer.result(), answer.message());
                    return answer;
                },
                false);
    }
}
