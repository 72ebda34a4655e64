package io.deskwave.control.desktop;

import io.deskwave.control.desktop.NetworkCards.Card;
import io.deskwave.control.desktop.SessionStore.HostChange;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The network cards of desktops, kept for the time when they are off. */
public final class NetworkStore {
    /** What stays the same is not written. */
    private static final String REPLACE =
            """
            WITH newest AS (
                SELECT d.id FROM desktops d
                JOIN unnest($1::uuid[], $2::bigint[]) AS said (id, epoch) ON said.id = d.id
                WHERE d.session_epoch = said.epoch
            ), cards AS (
                SELECT c.desktop_id, c.mac, c.address::inet AS address
                FROM unnest($3::uuid[], $4::text[], $5::text[]) AS c (desktop_id, mac, address)
                WHERE c.desktop_id IN (SELECT id FROM newest)
            ), gone AS (
                DELETE FROM desktop_networks o USING newest
                WHERE o.desktop_id = newest.id AND NOT EXISTS (
                    SELECT FROM cards c
                    WHERE c.desktop_id = o.desktop_id AND c.mac = o.mac AND c.address = o.address)
            )
            INSERT INTO desktop_networks (desktop_id, mac, address)
            SELECT desktop_id, mac, address FROM cards ORDER BY desktop_id, mac, address
            ON CONFLICT DO NOTHING
            """;

    /** An agent that names no interface at all has not looked yet: its first hello is quick. No desktop twice. */
    public Future<Void> replace(SqlClient client, List<HostChange> said) {
        var sessions = new ArrayList<SessionStore.Session>();
        var ids = new ArrayList<UUID>();
        var macs = new ArrayList<String>();
        var addresses = new ArrayList<String>();
        for (HostChange change : said) {
            if (!change.host().interfaces().isEmpty()) {
                sessions.add(change.session());
                for (Card card : NetworkCards.of(HostInfoLimits.clean(change.host()))) {
                    ids.add(change.session().desktopId());
                    macs.add(card.mac());
                    addresses.add(card.address());
                }
            }
        }
        if (sessions.isEmpty()) {
            return Future.succeededFuture();
        }
        return client.preparedQuery(REPLACE)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(sessions.stream()
                                .map(SessionStore.Session::desktopId)
                                .toArray(UUID[]::new))
                        .addArrayOfLong(sessions.stream()
                                .map(SessionStore.Session::epoch)
                                .toArray(Long[]::new))
                        .addArrayOfUUID(ids.toArray(UUID[]::new))
                        .addArrayOfString(macs.toArray(String[]::new))
                        .addArrayOfString(addresses.toArray(String[]::new)))
                .mapEmpty();
    }
}
