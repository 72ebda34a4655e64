package io.deskwave.control.schedule;

import io.vertx.core.Future;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done again and again before other work, and must not hold it up: a failure is said once, until it succeeds. */
final class Step {
    private static final Logger LOG = LoggerFactory.getLogger(Step.class);

    private final String name;
    private volatile boolean failing;

    Step(String name) {
        this.name = name;
    }

    /** Never fails. */
    Future<Void> go(Supplier<Future<Void>> work) {
        return Future.succeededFuture()
                .compose(begun -> work.get())
                .onSuccess(done -> failing = false)
                .otherwise(failure -> {
                    if (!failing) {
                        LOG.warn("cannot {} now, and try again: {}", name, failure.toString());
                    }
                    failing = true;
                    return null;
                });
    }
}
