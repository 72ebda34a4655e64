package io.deskwave.control;

import io.deskwave.control.db.Pulse;
import io.deskwave.control.db.ReadingLoop;
import io.deskwave.control.execution.Inbox;
import io.deskwave.control.http.Allowance;
import io.deskwave.control.iam.InstallationKeys;
import io.deskwave.control.iam.MasterKey;
import io.deskwave.control.iam.Memory;
import io.deskwave.control.live.Seats;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The little that the event loops of one process share. Safe for all threads. */
final class Shared {
    private final Config config;
    private final PgConnectOptions connect;
    private final MasterKey masterKey;
    private final InstallationKeys keys;
    private final ReadingLoop reading;
    private final @Nullable String fingerprint;
    private final Supplier<Optional<String>> trouble;
    private final Memory memory;
    private final Allowance allowance;
    private final Seats seats = new Seats();
    private final Set<UUID> nodeIds;
    private final List<Inbox> inboxes = new CopyOnWriteArrayList<>();
    private final List<Pulse> pulses = new CopyOnWriteArrayList<>();
    private volatile Runnable wakesProviding = () -> {};
    private volatile Runnable wakesExports = () -> {};
    private volatile boolean serving;

    /** @param trouble what is wrong with the database, where this process knows */
    Shared(
            Vertx vertx,
            Config config,
            PgConnectOptions connect,
            MasterKey masterKey,
            InstallationKeys keys,
            InstantSource clock,
            ReadingLoop reading,
            @Nullable String fingerprint,
            Supplier<Optional<String>> trouble) {
        this.config = config;
        this.connect = connect;
        this.masterKey = masterKey;
        this.keys = keys;
        this.reading = reading;
        this.fingerprint = fingerprint;
        this.trouble = trouble;
        this.memory = new Memory(vertx, clock);
        this.allowance = new Allowance(vertx, config.eventLoops());
        this.nodeIds =
                Stream.generate(UUID::randomUUID).limit(config.eventLoops()).collect(Collectors.toUnmodifiableSet());
    }

    Config config() {
        return config;
    }

    PgConnectOptions connect() {
        return connect;
    }

    MasterKey masterKey() {
        return masterKey;
    }

    InstallationKeys keys() {
        return keys;
    }

    ReadingLoop reading() {
        return reading;
    }

    /** Of the certificate, which agents pin; null without TLS. */
    @Nullable
    String fingerprint() {
        return fingerprint;
    }

    Optional<String> trouble() {
        return trouble.get();
    }

    Memory memory() {
        return memory;
    }

    Allowance allowance() {
        return allowance;
    }

    Seats seats() {
        return seats;
    }

    /** One for each event loop: the database knows each as a node. */
    Set<UUID> nodeIds() {
        return nodeIds;
    }

    void keep(Inbox ofOneLoop) {
        inboxes.add(ofOneLoop);
    }

    void keep(Pulse ofOneLoop) {
        pulses.add(ofOneLoop);
    }

    /** For how long the database has answered every loop without a pause: one that stands still hears nothing. */
    Duration steadyFor() {
        return pulses.stream()
                .map(Pulse::steadyFor)
                .min(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    /** Of the loop that keeps house; both may run on any thread. */
    void onWake(Runnable providing, Runnable exports) {
        wakesProviding = providing;
        wakesExports = exports;
    }

    /** There may be something for the provider. */
    void wakeProviding() {
        wakesProviding.run();
    }

    /** There may be a file to make. */
    void wakeExports() {
        wakesExports.run();
    }

    /** All loops have started. */
    void serves() {
        serving = true;
    }

    boolean isServing() {
        return serving;
    }

    /** Whether reports of agents wait in this process for the database. */
    boolean reportsWait() {
        return inboxes.stream().anyMatch(Inbox::isHeldUp);
    }
}
