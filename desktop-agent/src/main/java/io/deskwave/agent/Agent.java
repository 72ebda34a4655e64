package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Enrollment.Token;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.ServerMessage;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent: takes its home folder, adopts what runs, becomes or stays somebody ({@link Enrollment}), and then keeps a
 * {@link ControlLink} whose messages it passes to the {@link ScriptRunner} and the {@link PowerSteps}. Everything
 * happens on one event loop; the public methods may be called from any thread, each once.
 */
public final class Agent {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
    private static final long PROBE_MILLIS = 60_000;

    private final Vertx vertx;
    private final Config config;
    private final Consumer<UUID> onConnected;
    private final Context context;
    private final UUID instanceId = UUID.randomUUID();
    private final Promise<Void> ended = Promise.promise();
    private @Nullable Parts parts;
    private @Nullable ControlLink link;
    private Backoff enrollBackoff = Backoff.START;
    private @Nullable HostInfo toldHost;
    private boolean stopped;

    /** What exists once the home folder is open. */
    private record Parts(Home home, Identities identities, HostWatch host, ScriptRunner runner, PowerSteps power) {}

    public Agent(Vertx vertx, Config config) {
        this(vertx, config, ignored -> {});
    }

    /** @param onConnected hears the desktop id each time a session is welcomed */
    public Agent(Vertx vertx, Config config, Consumer<UUID> onConnected) {
        this.vertx = vertx;
        this.config = config;
        this.onConnected = onConnected;
        this.context = vertx.getOrCreateContext();
    }

    /** Completes when the agent works, connected or not; fails with {@link UsageException} where it cannot. */
    public Future<Void> start() {
        Promise<Void> started = Promise.promise();
        context.runOnContext(ignored -> open().onComplete(started));
        return started.future();
    }

    /** Completes when the agent was stopped; fails with {@link RefusedException} when it was refused for good. */
    public Future<Void> ended() {
        return ended.future();
    }

    /** Ends the session; scripts go on running and are adopted by the next agent in this home. */
    public Future<Void> stop() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(ignored -> close().onComplete(done));
        return done.future().onComplete(result -> {
            boolean unused = ended.tryComplete();
        });
    }

    private Future<Void> open() {
        return vertx.executeBlocking(() -> Home.open(config.home())).compose(home -> {
            var power = new Power(home, config.power());
            return vertx.executeBlocking(() -> HostWatch.open(power)).compose(host -> {
                var runner = new ScriptRunner(
                        vertx,
                        new Journal(home.runs()),
                        new Link(),
                        host.probe().realBoot().id());
                var steps = new PowerSteps(vertx, power, config, host);
                parts = new Parts(home, new Identities(home), host, runner, steps);
                return runner.load().compose(loaded -> join()).onSuccess(joined -> {
                    var unused = vertx.setPeriodic(1000, PROBE_MILLIS, timer -> probe());
                });
            });
        });
    }

    private Parts parts() {
        if (parts == null) {
            throw new IllegalStateException("not started");
        }
        return parts;
    }

    private Future<Void> join() {
        Identities identities = parts().identities();
        return vertx.executeBlocking(identities::find)
                .compose(found -> found.isPresent()
                        ? joinAs(found, false)
                        : vertx.executeBlocking(identities::findEnrolledCandidate)
                                .compose(candidate -> joinAs(candidate, true)));
    }

    private Future<Void> joinAs(Optional<Identity> found, boolean candidate) {
        if (found.isPresent()) {
            connect(found.get(), candidate);
        } else if (config.token() == null) {
            return Future.failedFuture(new UsageException("this agent is not enrolled yet: start it once with"
                    + " --enrollment-token-file F, where F holds a token made by the control plane"));
        } else {
            enroll(config.token());
        }
        return Future.succeededFuture();
    }

    /** Until it works or is refused for good. */
    private void enroll(Token token) {
        if (stopped) {
            return;
        }
        HostInfo host = parts().host().latest();
        String name = config.name().isBlank() ? host.hostname() : config.name();
        String endpoint = endpoint(token.endpoint());
        LOG.info("enrolling at {} as {}", endpoint, name);
        var unused = new Enrollment(vertx, parts().identities())
                .enroll(token, endpoint, name, host)
                .onSuccess(identity -> connect(identity, true))
                .onFailure(cause -> enrollAgain(token, cause));
    }

    private void enrollAgain(Token token, Throwable cause) {
        if (cause instanceof RefusedException refused
                && (refused.refusal().reason().isFinal() || refused.refusal().reason() == Refusal.Reason.INVALID)) {
            refusedForGood(refused);
            return;
        }
        enrollBackoff = enrollBackoff.next();
        long millis = enrollBackoff.delayMillis(ThreadLocalRandom.current());
        LOG.info("not enrolled: {}; next try in {} ms", Outcomes.sentence(cause), millis);
        var unused = vertx.setTimer(millis, ignored -> enroll(token));
    }

    private String endpoint(String usual) {
        return config.endpoint() == null ? Config.checkedEndpoint(usual) : config.endpoint();
    }

    private void connect(Identity identity, boolean candidate) {
        if (!stopped) {
            link = new ControlLink(
                    vertx, identity.at(endpoint(identity.endpoint())), instanceId, new Events(identity, candidate));
            link.connect();
        }
    }

    /** A token that this identity did not come from lets a refused agent enrol anew. */
    private Optional<Token> otherToken(Identity identity, Refusal refusal) {
        boolean lost = refusal.reason() == Refusal.Reason.REVOKED
                || refusal.reason() == Refusal.Reason.UNKNOWN
                || refusal.reason() == Refusal.Reason.CLONE;
        return Optional.ofNullable(config.token())
                .filter(token -> lost && !Identities.hash(token).equals(identity.tokenHash()));
    }

    /** What runs keeps its guard to the end: nobody else would end it when its time is up. */
    private void refusedForGood(RefusedException refused) {
        LOG.error("refused for good: {}", refused.getMessage());
        if (parts().runner().isIdle()) {
            boolean unused = ended.tryFail(refused);
        } else {
            LOG.info("staying until the scripts that run have ended");
            var unused = vertx.setTimer(1000, ignored -> refusedForGood(refused));
        }
    }

    private void probe() {
        if (parts != null && !stopped) {
            parts.runner().sweep();
            var unused = vertx.executeBlocking(parts.host()::refresh, false)
                    .onSuccess(ignored -> tellHost())
                    .onFailure(e -> LOG.warn("the host could not be looked at", e));
        }
    }

    /** What the control plane does not know yet; kept for the next time where there is no session now. */
    private void tellHost() {
        HostInfo latest = parts().host().latest();
        if (!latest.equals(toldHost) && send(new AgentMessage.HostChanged(latest))) {
            toldHost = latest;
        }
    }

    private boolean send(AgentMessage message) {
        return link != null && link.send(message);
    }

    private Future<Void> close() {
        stopped = true;
        Parts open = parts;
        Future<Void> drained =
                open == null ? Future.succeededFuture() : open.runner().close();
        Future<Void> closed = link == null ? Future.succeededFuture() : link.stop();
        return Future.join(drained, closed)
                .compose(ignored -> vertx.executeBlocking(() -> {
                    if (open != null) {
                        open.home().close();
                    }
                    return null;
                }));
    }

    /** The link there is at the moment. */
    private final class Link implements Outbox {
        @Override
        public boolean send(AgentMessage message) {
            return Agent.this.send(message);
        }

        @Override
        public boolean isFull() {
            ControlLink current = link;
            return current != null && current.isFull();
        }
    }

    /** What happens on the link of one identity. */
    private final class Events implements ControlLink.Listener, ServerMessage.Receiver<Boolean> {
        private final Identity identity;
        private boolean candidate;

        private Events(Identity identity, boolean candidate) {
            this.identity = identity;
            this.candidate = candidate;
        }

        @Override
        public AgentMessage.Hello hello() {
            HostInfo host = parts().host().latest();
            toldHost = host;
            return new AgentMessage.Hello(
                    Protocol.VERSION,
                    Version.TEXT,
                    instanceId,
                    Set.of(),
                    Interpreter.available(),
                    host,
                    parts().runner().held());
        }

        @Override
        public void received(ServerMessage message) {
            boolean unused = message.accept(this);
        }

        @Override
        public void ended() {
            parts().runner().disconnected();
        }

        @Override
        public void refused(Refusal refusal) {
            Optional<Token> token = candidate ? Optional.empty() : otherToken(identity, refusal);
            if (token.isPresent()) {
                LOG.warn("refused ({}); enrolling anew with the token that was given", refusal.reason());
                enroll(token.get());
            } else {
                refusedForGood(new RefusedException(refusal));
            }
        }

        @Override
        public Boolean welcome(ServerMessage.Welcome message) {
            LOG.info("welcomed as desktop {}", message.desktopId());
            parts().runner().welcomed(message.verdicts());
            if (candidate) {
                candidate = false;
                var unused = vertx.executeBlocking(() -> {
                            parts().identities().adopt();
                            return null;
                        })
                        .onFailure(e -> LOG.error("the identity was not saved", e));
            }
            tellHost();
            onConnected.accept(message.desktopId());
            return true;
        }

        @Override
        public Boolean runScript(ServerMessage.RunScript message) {
            parts().runner().run(message, identity);
            return true;
        }

        @Override
        public Boolean stopScript(ServerMessage.StopScript message) {
            parts().runner().stop(message);
            return true;
        }

        @Override
        public Boolean outputStored(ServerMessage.OutputStored message) {
            parts().runner().outputStored(message);
            return true;
        }

        @Override
        public Boolean outcomeStored(ServerMessage.OutcomeStored message) {
            parts().runner().outcomeStored(message);
            return true;
        }

        @Override
        public Boolean powerStep(ServerMessage.PowerStep message) {
            ControlLink current = link;
            if (current != null) {
                parts().power().take(message, current);
            }
            return true;
        }

        @Override
        public Boolean goAway(ServerMessage.GoAway message) {
            ControlLink current = link;
            if (current != null) {
                current.goAway(message);
            }
            return true;
        }
    }
}
