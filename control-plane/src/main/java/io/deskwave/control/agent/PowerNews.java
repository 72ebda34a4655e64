package io.deskwave.control.agent;

import io.deskwave.control.db.GroupedCalls;
import io.deskwave.control.desktop.PowerProofStore.Taken;
import io.deskwave.control.desktop.PowerProofs;
import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.control.desktop.SnapshotOrders;
import io.deskwave.control.desktop.SnapshotOrders.News;
import io.deskwave.protocol.AgentMessage.SnapshotNews.Phase;
import io.deskwave.protocol.Protocol;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What sessions say of power orders and snapshots, stored in groups: a pool may answer at one instant. Used on one event loop. */
final class PowerNews {
    private static final Logger LOG = LoggerFactory.getLogger(PowerNews.class);
    private static final int GROUP = 1024;
    private static final int REASON_CHARS = 500;

    private final GroupedCalls<Taken, Boolean> taken;
    private final GroupedCalls<Session, Boolean> ended;
    private final GroupedCalls<News, Boolean> snapshots;

    PowerNews(PowerProofs power, SnapshotOrders snapshotOrders) {
        this.snapshots = new GroupedCalls<>(
                GROUP, News::orderId, group -> snapshotOrders.heard(group).map(stored -> all(group)));
        this.taken = new GroupedCalls<>(
                GROUP, Taken::orderId, group -> power.taken(group).map(stored -> all(group)));
        this.ended = new GroupedCalls<>(
                GROUP, Session::desktopId, group -> power.sessionsEnded(group).map(stored -> all(group)));
    }

    private static List<Boolean> all(List<?> group) {
        return group.stream().map(each -> true).toList();
    }

    Future<Void> taken(Session session, UUID orderId, @Nullable String error) {
        return taken(session, orderId, error, null);
    }

    /** @param actsInSeconds the time of the users; null when it is over, or none was given */
    Future<Void> taken(Session session, UUID orderId, @Nullable String error, @Nullable Integer actsInSeconds) {
        String reason = error == null ? null : Protocol.cut(error.replace("\0", ""), REASON_CHARS);
        Integer seconds =
                actsInSeconds == null ? null : Math.max(0, Math.min(Protocol.MAX_NOTICE_SECONDS, actsInSeconds));
        return taken.ask(new Taken(orderId, session, reason, seconds)).mapEmpty();
    }

    Future<Void> snapshot(Session session, UUID orderId, Phase phase, String text) {
        String clean = Protocol.cut(text.replace("\0", ""), REASON_CHARS);
        return snapshots
                .ask(new News(orderId, session.desktopId(), phase, clean))
                .mapEmpty();
    }

    /** Where it cannot be stored, the sweeper finds that the desktop is away. */
    void ended(Session session) {
        ended.ask(session)
                .onFailure(failure -> LOG.warn(
                        "that desktop {} went down cannot be stored now: {}", session.desktopId(), failure.toString()));
    }
}
