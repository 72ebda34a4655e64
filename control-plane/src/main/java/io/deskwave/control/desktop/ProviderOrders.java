package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.JobStore.Ending;
import io.deskwave.control.desktop.ProviderCall.Answer;
import io.deskwave.control.desktop.ProviderStore.Open;
import io.deskwave.control.desktop.SubJob.Status;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What is asked of the provider: starts, rebuilds, snapshots. The node that takes an order is written down before it starts the
 * provider, and no other ever takes that order: when the node goes down in between, nobody knows what the provider did, and
 * the order fails at its deadline unless the desktop itself proves otherwise. A start that the provider does not know is for
 * whoever wakes desktops, a snapshot for the desktop's agent ({@link SnapshotOrders}).
 */
public final class ProviderOrders {
    private static final int MOST_UNPROVIDED = 500;
    private static final String FAILED = "WKS.00211401";

    static final String NO_PROVIDER = "no provider is configured: name an executable that does it with --provider"
            + " (DESKWAVE_PROVIDER) where the control plane is started";

    private final Database database;
    private final JobStore jobs;
    private final Secrets secrets;
    private final InstantSource clock;
    private final ProviderStore store = new ProviderStore();

    /** Where rebuilds get what their new images enrol with. */
    @FunctionalInterface
    public interface Secrets {
        Secret make();
    }

    /** @param text what an agent is given; it is not kept */
    public record Secret(String text, Buffer hash) {
        @Override
        public String toString() {
            return "Secret[]";
        }
    }

    public ProviderOrders(Database database, JobStore jobs, Secrets secrets, InstantSource clock) {
        this.database = database;
        this.jobs = jobs;
        this.secrets = secrets;
        this.clock = clock;
    }

    /** So that nodes without one leave the orders to this one. */
    public Future<Void> sayThereIsOne(UUID nodeId) {
        return store.sayThereIsOne(database.client(), nodeId);
    }

    /**
     * Takes so many orders at most; each has to be brought to the provider now, and {@link #answered}.
     *
     * @param others how many of them may be other than starts
     */
    public Future<List<ProviderCall>> claim(UUID nodeId, int most, int others) {
        return database.inTransactionAgain(tx -> store.claim(tx, nodeId, clock.instant(), most, others)
                .compose(ids -> ids.isEmpty() ? Future.succeededFuture(List.of()) : store.find(tx, ids))
                .compose(calls -> withTokens(tx, calls)));
    }

    private Future<List<ProviderCall>> withTokens(SqlConnection tx, List<ProviderCall> calls) {
        Map<UUID, Buffer> hashes = new HashMap<>();
        List<ProviderCall> complete = calls.stream()
                .map(call -> {
                    if (call.op() != PowerOp.REBUILD) {
                        return call;
                    }
                    Secret secret = secrets.make();
                    hashes.put(call.actionId(), secret.hash());
                    return call.withToken(secret.text());
                })
                .toList();
        return hashes.isEmpty()
                ? Future.succeededFuture(complete)
                : store.keepSecrets(tx, hashes).map(complete);
    }

    /** The provider, or who ran it, has said what came of an order. An order that has ended meanwhile stays as it is. */
    public Future<Void> answered(UUID nodeId, UUID actionId, Answer answer) {
        Instant now = clock.instant();
        return database.inTransactionAgain(tx -> store.lockOpen(tx, actionId).compose(open -> store.answer(
                        tx, actionId, nodeId, answer, now)
                .compose(stored -> open.isEmpty() ? Future.succeededFuture() : act(tx, open.get(), answer, now))));
    }

    private Future<Void> act(SqlConnection tx, Open order, Answer answer, Instant now) {
        String said = answer.message().isEmpty() ? "" : ": " + answer.message();
        return switch (answer.result()) {
            case FAILED ->
                isComing(order)
                        ? passOn(tx, order)
                        : end(tx, List.of(failed(order, "the provider could not " + words(order.op()) + said)), now);
            case UNSUPPORTED -> pass(tx, order, "the provider does not " + words(order.op()) + said, now);
            case DONE, ACCEPTED ->
                order.op() == PowerOp.CREATE_SNAPSHOT
                        ? end(tx, List.of(snapshot(order, answer, said)), now)
                        : Future.succeededFuture();
        };
    }

    /** Others began to wake it, when the provider did not answer: one that finds it switched on may call that a failure. */
    private static boolean isComing(Open order) {
        return order.op() == PowerOp.START && (order.online() || order.woken());
    }

    /** On to whoever else can do it, if there is anybody. */
    private Future<Void> pass(SqlConnection tx, Open order, String why, Instant now) {
        return switch (order.op()) {
            case START -> passOn(tx, order);
            case CREATE_SNAPSHOT -> order.online() ? passOn(tx, order) : end(tx, List.of(absent(order, why)), now);
            case REBUILD, STOP, REBOOT, HIBERNATE -> end(tx, List.of(failed(order, why)), now);
        };
    }

    private Future<Void> passOn(SqlConnection tx, Open order) {
        return store.waitAgain(tx, order.id()).compose(done -> announce(tx));
    }

    /** For a node without a provider: where no node has one, orders need not wait for it long. */
    public Future<Void> passUnprovided() {
        Instant now = clock.instant();
        return database.inTransactionAgain(
                tx -> store.claimUnprovided(tx, now, MOST_UNPROVIDED).compose(orders -> {
                    var endings = new ArrayList<Ending>();
                    for (Open order : orders) {
                        if (order.op() == PowerOp.REBUILD) {
                            endings.add(failed(order, "a desktop cannot rebuild itself, and " + NO_PROVIDER));
                        } else if (!order.online()) {
                            endings.add(absent(order, NO_PROVIDER));
                        }
                    }
                    Future<Void> ended = endings.isEmpty() ? Future.succeededFuture() : end(tx, endings, now);
                    return orders.size() == endings.size() ? ended : ended.compose(done -> announce(tx));
                }));
    }

    private static Ending failed(Open order, String reason) {
        return new Ending(order.id(), Status.FAILED, FAILED, reason);
    }

    private static Ending absent(Open order, String why) {
        return new Ending(
                order.id(),
                Status.FAILED,
                PowerJobs.CONFLICT,
                "the desktop is not connected and its agent cannot make a snapshot: start it first (" + why + ")");
    }

    private static Ending snapshot(Open order, Answer answer, String said) {
        String reason = answer.result() == ProviderCall.Result.DONE
                ? "the provider made the snapshot"
                : "the provider took the snapshot on, and makes it by itself";
        return new Ending(order.id(), Status.SUCCESS, null, reason + said);
    }

    private static String words(PowerOp op) {
        return switch (op) {
            case START -> "start the desktop";
            case REBUILD -> "rebuild the desktop";
            case CREATE_SNAPSHOT -> "make a snapshot";
            case STOP, REBOOT, HIBERNATE -> "do it";
        };
    }

    private Future<Void> end(SqlConnection tx, List<Ending> endings, Instant now) {
        return jobs.finish(tx, endings, now).compose(jobIds -> jobs.close(tx, jobIds, now));
    }

    private static Future<Void> announce(SqlConnection tx) {
        return Database.announce(tx, PowerJobs.CHANNEL, List.of("passed on"));
    }
}
