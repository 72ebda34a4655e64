package io.deskwave.control.execution;

import io.deskwave.control.db.Database;
import io.deskwave.control.execution.WakeStore.Bounds;
import io.deskwave.control.execution.WakeStore.Due;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Who is to wake whom. Desktops that are off and for which a start is under way are woken by neighbours: desktops of the same
 * project that are connected to this node and have an address in the same network. Over all nodes each is woken every few
 * seconds at first, then slower, and a bounded number of times; and no network gets many packets at once.
 */
public final class Wakes {
    /** In one look of one node, which are two seconds apart. */
    private static final Bounds BOUNDS = new Bounds(500, 50, 20, 3);

    private final Database database;
    private final WakeStore store = new WakeStore();
    private final InstantSource clock;

    public Wakes(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Who is told, in the session of this epoch. */
    public record Sender(UUID desktopId, long epoch, String network) {}

    /** What a sender is told. */
    public record Wake(Sender sender, List<String> macs) {
        public Wake {
            macs = List.copyOf(macs);
        }
    }

    /** What the neighbours on a node are to send now; it is written down as sent. */
    public Future<List<Wake>> claim(UUID nodeId) {
        Instant now = clock.instant();
        return store.isAnyWanted(database.client(), now)
                .compose(any -> any
                        ? store.listDue(database.client(), nodeId, now, BOUNDS)
                        : Future.succeededFuture(List.<Due>of()))
                .compose(due -> due.isEmpty()
                        ? Future.succeededFuture(List.of())
                        : store.claim(database.client(), due, now).map(claimed -> bySender(due, claimed)));
    }

    static List<Wake> bySender(List<Due> due, Set<UUID> claimed) {
        Map<Sender, List<String>> macs = new LinkedHashMap<>();
        for (Due each : due) {
            if (claimed.contains(each.desktopId())) {
                List<String> ofSender = macs.computeIfAbsent(
                        new Sender(each.senderId(), each.senderEpoch(), each.network()), sender -> new ArrayList<>());
                if (!ofSender.contains(each.mac())) {
                    ofSender.add(each.mac());
                }
            }
        }
        return macs.entrySet().stream()
                .map(entry -> new Wake(entry.getKey(), entry.getValue()))
                .toList();
    }
}
