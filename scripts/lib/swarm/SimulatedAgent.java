package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.PowerAction;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage;
import io.deskwave.protocol.VerifyingKey;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An agent without a machine: the real {@link ControlLink} with its handshake, back-off and pings, and a journal in memory.
 * What is asked for twice is answered from what is held, as {@link ScriptRunner} does. Event loop.
 */
final class SimulatedAgent implements ControlLink.Listener, ServerMessage.Receiver<Boolean> {
    private static final int REMEMBERED = 1000;
    private static final long POWER_PAUSE_MILLIS = 1000;
    private static final String UNSIGNED = "the order is not signed by the control plane for this desktop";

    private final Vertx vertx;
    private final Identity identity;
    private final VerifyingKey workKey;
    private final SimulatedScript usual;
    private final SwarmFigures figures;
    private final VerifiedOrders verified;
    private final Consumer<SimulatedAgent> onFirstWelcome;
    private final Consumer<Refusal> onRefused;
    private final RandomGenerator random;
    private final UUID instanceId = UUID.randomUUID();
    private final ControlLink link;
    private final Map<AttemptId, SimulatedRun> runs = new LinkedHashMap<>();
    private final Set<AttemptId> recentlyDone = new LinkedHashSet<>();
    private final Set<UUID> powerOrders = new HashSet<>();
    private HostInfo host;
    private volatile @Nullable Context home;
    private boolean welcomed;
    private boolean everWelcomed;

    SimulatedAgent(
            Vertx vertx,
            WebSocketClient client,
            Identity identity,
            HostInfo host,
            RandomGenerator random,
            SimulatedScript usual,
            SwarmFigures figures,
            VerifiedOrders verified,
            Consumer<SimulatedAgent> onFirstWelcome,
            Consumer<Refusal> onRefused) {
        this.vertx = vertx;
        this.identity = identity;
        this.workKey = identity.verifyingKey();
        this.host = host;
        this.usual = usual;
        this.figures = figures;
        this.verified = verified;
        this.onFirstWelcome = onFirstWelcome;
        this.onRefused = onRefused;
        this.random = random;
        this.link = new ControlLink(vertx, client, identity, instanceId, this);
    }

    void connect() {
        home = vertx.getOrCreateContext();
        link.connect();
    }

    /** The session ends, and a new one is tried after up to a second. Any thread. */
    void breakOff() {
        if (home != null) {
            home.runOnContext(there -> {
                if (welcomed) {
                    link.leaveFor(Backoff.START.next(Duration.ZERO).delayMillis(random), "a storm");
                }
            });
        }
    }

    @Override
    public AgentMessage.Hello hello() {
        return new AgentMessage.Hello(
                Protocol.VERSION,
                "swarm",
                instanceId,
                Set.of(Protocol.POWER_ORDERS),
                Set.of(ScriptType.SHELL, ScriptType.POWERSHELL, ScriptType.BAT),
                host,
                runs.values().stream().map(SimulatedRun::held).toList());
    }

    @Override
    public void received(ServerMessage message) {
        message.accept(this);
    }

    @Override
    public void ended() {
        if (welcomed) {
            figures.connected.decrement();
        }
        welcomed = false;
        runs.values().forEach(SimulatedRun::disconnected);
    }

    @Override
    public void refused(Refusal refusal) {
        figures.refusedOther.increment();
        onRefused.accept(refusal);
    }

    @Override
    public void turnedAway(Refusal refusal) {
        (refusal.reason() == Refusal.Reason.BUSY ? figures.refusedBusy : figures.refusedOther).increment();
    }

    @Override
    public Boolean welcome(ServerMessage.Welcome message) {
        welcomed = true;
        figures.sessions.increment();
        figures.connected.increment();
        for (ServerMessage.Verdict verdict : message.verdicts()) {
            SimulatedRun run = runs.get(new AttemptId(verdict.recordId(), verdict.attempt()));
            if (run != null) {
                follow(verdict, run);
            }
        }
        if (everWelcomed) {
            figures.reconnects.increment();
        } else {
            everWelcomed = true;
            onFirstWelcome.accept(this);
        }
        return true;
    }

    private void follow(ServerMessage.Verdict verdict, SimulatedRun run) {
        switch (verdict.action()) {
            case CONTINUE -> run.goOn(verdict);
            case STOP -> {
                run.stop();
                run.goOn(verdict);
            }
            case FORGET -> forget(run);
        }
    }

    @Override
    public Boolean runScript(ServerMessage.RunScript message) {
        var id = new AttemptId(message.recordId(), message.attempt());
        SimulatedRun held = runs.get(id);
        if (held != null) {
            figures.redelivered.increment();
            held.tellAgain();
        } else if (recentlyDone.contains(id) || newestAttempt(id.recordId()) > id.attempt()) {
            figures.redelivered.increment();
        } else if (!isSigned(message)) {
            figures.badSignatures.increment();
            hold(id, message.outputLimitBytes())
                    .refuse(ResultCode.START_FAILED, UNSIGNED);
        } else {
            SimulatedScript script = usual.asWritten(message.text());
            int exitCode = random.nextDouble() < script.failureRate() ? 1 : 0;
            long delay = script.delayMillis().pick(random);
            hold(id, message.outputLimitBytes()).start(script, delay, 1000L * message.timeoutSeconds(), exitCode);
        }
        return true;
    }

    private boolean isSigned(ServerMessage.RunScript message) {
        return message.desktopId().equals(identity.desktop())
                && verified.isSigned(workKey, message);
    }

    private boolean isSigned(UUID desktop, byte[] content, String signature) {
        try {
            return desktop.equals(identity.desktop())
                    && workKey.verify(content, Base64.getDecoder().decode(signature));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private SimulatedRun hold(AttemptId id, long limit) {
        var run = new SimulatedRun(vertx, link, figures, id, limit);
        runs.put(id, run);
        figures.held.increment();
        return run;
    }

    private int newestAttempt(UUID recordId) {
        return runs.keySet().stream()
                .filter(id -> id.recordId().equals(recordId))
                .mapToInt(AttemptId::attempt)
                .max()
                .orElse(0);
    }

    private void forget(SimulatedRun run) {
        run.forget();
        if (runs.remove(run.id(), run)) {
            figures.held.decrement();
            recentlyDone.add(run.id());
            if (recentlyDone.size() > REMEMBERED) {
                recentlyDone.remove(recentlyDone.iterator().next());
            }
        }
    }

    @Override
    public Boolean stopScript(ServerMessage.StopScript message) {
        var id = new AttemptId(message.recordId(), message.attempt());
        SimulatedRun run = runs.get(id);
        if (run == null) {
            hold(id, 0).refuse(ResultCode.STOPPED, "stopped before it started");
        } else {
            run.stop();
            run.tellAgain();
        }
        return true;
    }

    @Override
    public Boolean outputStored(ServerMessage.OutputStored message) {
        SimulatedRun run = runs.get(new AttemptId(message.recordId(), message.attempt()));
        if (run != null) {
            run.outputStored(message.nextSeq(), message.stdoutOffset(), message.stderrOffset(), message.rewind());
        }
        return true;
    }

    @Override
    public Boolean outcomeStored(ServerMessage.OutcomeStored message) {
        SimulatedRun run = runs.get(new AttemptId(message.recordId(), message.attempt()));
        if (run != null) {
            forget(run);
        }
        return true;
    }

    /** As {@code --power simulate}: another boot, the session ends, back a little later. */
    @Override
    public Boolean powerStep(ServerMessage.PowerStep message) {
        if (!isSigned(message.desktopId(), message.signedContent(), message.signature())) {
            link.send(new AgentMessage.PowerAccepted(message.recordId(), message.attempt(), message.step(), UNSIGNED));
            return true;
        }
        link.send(new AgentMessage.PowerAccepted(message.recordId(), message.attempt(), message.step(), null));
        if (message.bootId().equals(host.bootId())) {
            host = SimulatedHosts.rebooted(host, Instant.now());
            link.leaveFor(POWER_PAUSE_MILLIS, "simulated " + message.action());
        }
        return true;
    }

    /** The same, once for each order: the boot id, or for a hibernation the memory, tells what was done. */
    @Override
    public Boolean powerOrder(ServerMessage.PowerOrder message) {
        if (!isSigned(message.desktopId(), message.signedContent(), message.signature())) {
            link.send(new AgentMessage.PowerTaken(message.orderId(), UNSIGNED));
            return true;
        }
        link.send(new AgentMessage.PowerTaken(message.orderId(), null));
        if (message.bootId().equals(host.bootId()) && powerOrders.add(message.orderId())) {
            if (message.action() != PowerAction.HIBERNATE) {
                host = SimulatedHosts.rebooted(host, Instant.now());
            }
            link.leaveFor(POWER_PAUSE_MILLIS, "simulated " + message.action());
        }
        return true;
    }

    /** The hello names no such ability: nobody orders it. */
    @Override
    public Boolean snapshotOrder(ServerMessage.SnapshotOrder message) {
        link.send(new AgentMessage.SnapshotNews(
                message.orderId(),
                AgentMessage.SnapshotNews.Phase.FAILED,
                "a simulated agent without a disk makes no snapshots"));
        return true;
    }

    @Override
    public Boolean wakeDesktops(ServerMessage.WakeDesktops message) {
        return true; // it never said that it could
    }

    @Override
    public Boolean goAway(ServerMessage.GoAway message) {
        link.goAway(message);
        return true;
    }
}
