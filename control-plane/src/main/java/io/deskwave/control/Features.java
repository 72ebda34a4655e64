package io.deskwave.control;

import io.deskwave.control.agent.AgentEndpoint;
import io.deskwave.control.agent.AgentSessions;
import io.deskwave.control.agent.EnrollmentEndpoint;
import io.deskwave.control.agent.EnrollmentTokenRoutes;
import io.deskwave.control.agent.EnrollmentTokens;
import io.deskwave.control.agent.Enrollments;
import io.deskwave.control.agent.Neighbours;
import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.AttachRoutes;
import io.deskwave.control.desktop.Attachments;
import io.deskwave.control.desktop.Deletions;
import io.deskwave.control.desktop.DesktopEventStore;
import io.deskwave.control.desktop.DesktopRoutes;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.Desktops;
import io.deskwave.control.desktop.IdentityStore;
import io.deskwave.control.desktop.JobPruning;
import io.deskwave.control.desktop.JobRoutes;
import io.deskwave.control.desktop.JobStore;
import io.deskwave.control.desktop.Jobs;
import io.deskwave.control.desktop.NewDesktopTags;
import io.deskwave.control.desktop.NodeStore;
import io.deskwave.control.desktop.PlaceFilling;
import io.deskwave.control.desktop.PlaceRoutes;
import io.deskwave.control.desktop.Places;
import io.deskwave.control.desktop.PoolRoutes;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.desktop.Pools;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.desktop.PowerProofs;
import io.deskwave.control.desktop.PowerRoutes;
import io.deskwave.control.desktop.ProviderOrders;
import io.deskwave.control.desktop.Rebuilds;
import io.deskwave.control.desktop.Rebuilds.Rebuilt;
import io.deskwave.control.desktop.SessionStore;
import io.deskwave.control.desktop.SnapshotOrders;
import io.deskwave.control.desktop.TagRoutes;
import io.deskwave.control.desktop.TagStore;
import io.deskwave.control.desktop.Tags;
import io.deskwave.control.dispatch.Deadlines;
import io.deskwave.control.dispatch.Heartbeat;
import io.deskwave.control.dispatch.Pruner;
import io.deskwave.control.execution.Assignments;
import io.deskwave.control.execution.Changes;
import io.deskwave.control.execution.ExecutionRoutes;
import io.deskwave.control.execution.Executions;
import io.deskwave.control.execution.Expiry;
import io.deskwave.control.execution.HistoryRoutes;
import io.deskwave.control.execution.Inbox;
import io.deskwave.control.execution.Interventions;
import io.deskwave.control.execution.Limits;
import io.deskwave.control.execution.PreStarts;
import io.deskwave.control.execution.Pruning;
import io.deskwave.control.execution.Reports;
import io.deskwave.control.execution.Retention;
import io.deskwave.control.execution.Wakes;
import io.deskwave.control.http.FrontDoor;
import io.deskwave.control.iam.InstallationKeys;
import io.deskwave.control.iam.PeopleRoutes;
import io.deskwave.control.iam.Tokens;
import io.deskwave.control.live.LiveRoutes;
import io.deskwave.control.provider.Provider;
import io.deskwave.control.provider.Providing;
import io.deskwave.control.schedule.ExportMaker;
import io.deskwave.control.schedule.ExportRoutes;
import io.deskwave.control.schedule.Exports;
import io.deskwave.control.schedule.FiringPruning;
import io.deskwave.control.schedule.ScheduledTaskRoutes;
import io.deskwave.control.schedule.ScheduledTasks;
import io.deskwave.control.schedule.TenantRoutes;
import io.deskwave.control.schedule.Ticker;
import io.deskwave.control.schedule.Triggers;
import io.deskwave.control.script.ScriptRoutes;
import io.deskwave.control.script.ScriptStore;
import io.deskwave.control.script.Scripts;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Makes the rooms and knots them together, with plain {@code new}; starts and drains what has a life of its own. */
final class Features {
    private static final String TAKEN_FOR_DEAD = "this node was taken for dead";
    private static final long COMMITS_WITHIN_SECONDS = 4;

    private final Vertx vertx;
    private final Shared shared;
    private final Database database;
    private final Changes changes;
    private final DesktopStore desktopStore = new DesktopStore();
    private final SessionStore sessionStore = new SessionStore();
    private final IdentityStore identityStore = new IdentityStore();
    private final AgentSessions sessions = new AgentSessions();
    private final Neighbours neighbours;
    private final Inbox inbox;
    private final FrontDoor door;
    private final Dispatchers dispatchers;
    private final Heartbeat heartbeat;
    private final AgentEndpoint agents;
    private final LiveRoutes live;
    private final Optional<Housekeeping> housekeeping;

    Features(
            Vertx vertx,
            Shared shared,
            UUID nodeId,
            boolean keepsHouse,
            Database database,
            InstantSource clock,
            FrontDoor door,
            Tokens tokens,
            EnrollmentTokens enrollmentTokens,
            Supplier<String> publicUrl) {
        this.vertx = vertx;
        this.database = database;
        this.door = door;
        this.changes = new Changes(database, nodeId);
        Limits limits = shared.config().limits();
        int loops = shared.config().eventLoops();
        this.shared = shared;
        var scriptStore = new ScriptStore();
        var scripts = new Scripts(database, scriptStore);
        var pools = new PoolStore();
        var jobs = new JobStore();
        var allJobs = new Jobs(database, jobs);
        var powerProofs = new PowerProofs(database, jobs, clock, shared::steadyFor);
        var places = new Places(database, jobs, pools, enrollmentTokens, clock);
        var expiry = new Expiry(changes);
        var assignments = new Assignments(changes, scripts, clock);
        var interventions = new Interventions(changes, limits, clock);
        var executions = new Executions(changes, desktopStore, pools, scriptStore, limits, clock);
        this.neighbours = new Neighbours(vertx, database, sessionStore, sessions, nodeId);
        this.inbox = new Inbox(vertx, new Reports(changes, clock), Database::isAway, Database::isUnavailable, loops);
        shared.keep(inbox);
        var triggers = new Triggers(database, clock, shared::steadyFor);
        var desktops = new Desktops(
                database,
                desktopStore,
                (tx, projectId, desktopId) -> expiry.desktopGone(tx, desktopId, clock.instant())
                        .compose(ended -> allJobs.desktopGone(tx, desktopId, clock.instant()))
                        .compose(ended -> triggers.desktopGone(tx, desktopId))
                        .compose(ended -> neighbours.deleting(tx, desktopId)),
                neighbours::deleted);
        var snapshots = new SnapshotOrders(database, jobs, clock);
        var events = new DesktopEventStore();
        var rebuilds = new Rebuilds(
                database,
                jobs,
                (tx, usedUp) -> expiry.desktopReplaced(tx, usedUp.desktopId(), clock.instant())
                        .compose(ended -> neighbours.replacing(tx, usedUp)),
                (tx, rebuilt, now) -> events.insert(
                        tx, rebuilt.stream().map(Rebuilt::desktopId).toList(), DesktopEventStore.Kind.REBUILT),
                clock);
        var powerJobs = new PowerJobs(database, jobs, pools, clock);
        this.dispatchers = new Dispatchers(
                vertx,
                shared.keys(),
                sessions::send,
                assignments,
                powerProofs,
                snapshots,
                new Wakes(database, clock),
                nodeId,
                clock);
        Retention retention = shared.config().retention();
        this.housekeeping = Optional.of(keepsHouse)
                .filter(Boolean::booleanValue)
                .map(here -> new Housekeeping(
                        new Deadlines(expiry, allJobs, powerProofs, clock, shared::steadyFor, shared::reportsWait),
                        new Pruner(
                                new Pruning(database, retention),
                                List.of(new JobPruning(database)::step, new FiringPruning(database)::step),
                                retention,
                                clock),
                        new Ticker(vertx, database, executions, powerJobs, desktopStore, triggers, clock),
                        new Providing(
                                vertx,
                                new ProviderOrders(database, jobs, enrollmentTokens, clock),
                                rebuilds,
                                new PreStarts(database, powerJobs, clock)::begin,
                                shared.config()
                                        .provider()
                                        .map(program -> new Provider(vertx, program, publicUrl, clock)),
                                nodeId),
                        new ExportMaker(vertx, database, clock)));
        this.heartbeat = new Heartbeat(database, new NodeStore(), nodeId, shared.nodeIds(), clock, this::takenForDead);
        this.agents = new AgentEndpoint(
                vertx,
                database,
                identityStore,
                sessionStore,
                assignments,
                inbox,
                sessions,
                neighbours,
                powerProofs,
                snapshots,
                this::desktopsCameIn,
                nodeId,
                loops,
                clock);
        this.live = new LiveRoutes(vertx, database, tokens, shared.seats());

        new PeopleRoutes(database, tokens, clock).hang(door.operations());
        new ScriptRoutes(scripts).hang(door.operations());
        new DesktopRoutes(desktops, new Deletions(database, desktopStore, desktops, jobs, clock))
                .mount(door.operations());
        new TagRoutes(new Tags(database, new TagStore()), desktops).mount(door.operations());
        new PoolRoutes(new Pools(database, pools, desktopStore, jobs, places, clock)).mount(door.operations());
        new PlaceRoutes(places).mount(door.operations());
        new PowerRoutes(powerJobs).mount(door.operations());
        new AttachRoutes(new Attachments(database, jobs, clock)).mount(door.operations());
        new JobRoutes(allJobs).mount(door.operations());
        new ExecutionRoutes(executions, interventions).mount(door.operations());
        new HistoryRoutes(database, shared.reading()).mount(door.operations());
        new ScheduledTaskRoutes(new ScheduledTasks(database, scriptStore, clock)).mount(door.operations());
        new ExportRoutes(new Exports(database, clock, shared::wakeExports)).mount(door.operations());
        new TenantRoutes(vertx, database, clock).mount(door.operations());
        new EnrollmentTokenRoutes(enrollmentTokens, clock).mount(door.operations());
        new EnrollmentEndpoint(
                        new Enrollments(
                                database,
                                clock,
                                enrollmentTokens,
                                identityStore,
                                new PlaceFilling(NewDesktopTags.into(new TagStore())),
                                rebuilds),
                        publicKey(shared.keys()),
                        loops,
                        clock)
                .mount(door.router());
        agents.mount(door.router());
        live.mount(door.operations(), door.router());
    }

    private static String publicKey(InstallationKeys keys) {
        return keys.workKey().verifyingKey().toBase64();
    }

    Future<Void> start() {
        changes.onRing(live.ring());
        changes.onRing(dispatchers.ring());
        housekeeping.ifPresent(here -> changes.onRing(here.ring()));
        changes.listen();
        database.listen(PowerJobs.CHANNEL, order -> wakeActions(), this::wakeActions);
        neighbours.start();
        sessions.start(vertx);
        dispatchers.start();
        housekeeping.ifPresent(here -> {
            here.start(vertx);
            Context mine = vertx.getOrCreateContext();
            shared.onWake(
                    () -> mine.runOnContext(now -> here.wakeProviding()),
                    () -> mine.runOnContext(now -> here.wakeExports()));
        });
        return heartbeat.start(vertx).onSuccess(known -> housekeeping.ifPresent(Housekeeping::startProviding));
    }

    private void wakeActions() {
        dispatchers.wakeActions();
        housekeeping.ifPresent(Housekeeping::wakeProviding);
    }

    private void desktopsCameIn(Set<UUID> taken) {
        dispatchers.desktopsCameIn(taken);
        shared.wakeProviding();
    }

    /** This node stood still for so long that its desktops were given away: they come in again. */
    private void takenForDead() {
        agents.endHandshakes(TAKEN_FOR_DEAD);
        sessions.sendAway(TAKEN_FOR_DEAD, heartbeat.seesOthers(), 1);
    }

    /** Lets nobody in any more who would stay; what is here goes on. */
    void turnAway() {
        door.leave();
        agents.turnAway();
    }

    /**
     * Takes no new work, lets the agents go and says when to come back, ends the viewers' streams, commits what the agents
     * had brought, and gives the desktops back.
     */
    Future<Void> drain() {
        dispatchers.drain();
        Future<Void> answered = housekeeping.map(Housekeeping::drain).orElseGet(Future::succeededFuture);
        agents.drain();
        sessions.sendAway(
                "this node ends", heartbeat.seesOthers(), shared.config().eventLoops());
        live.drain();
        return Future.join(inbox.whenEmpty().timeout(COMMITS_WITHIN_SECONDS, TimeUnit.SECONDS), answered)
                .<Void>mapEmpty()
                .eventually(() -> heartbeat.stop(vertx));
    }
}
