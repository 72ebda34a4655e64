package io.deskwave.control.schedule;

import io.deskwave.control.schedule.FiringStore.Firing;
import io.deskwave.control.schedule.FiringStore.OnDesktop;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the rows of one table from the database, a portion at a time, the last planned firing first. */
final class ExportWalk {
    private static final int FIRINGS_AT_ONCE = 200;
    private static final int DESKTOPS_AT_ONCE = 1_000;

    private final SqlClient client;
    private final ExportSpec spec;
    private final ExportSheet sheet;
    private final FiringWalkStore store = new FiringWalkStore();
    private final Deque<Firing> firings = new ArrayDeque<>();
    private Instant before;
    private boolean noMoreFirings;
    private @Nullable OnDesktop after;

    /** @param last whether nothing comes after it */
    record Portion(List<List<@Nullable Object>> rows, boolean last) {
        private static final Portion END = new Portion(List.of(), true);
    }

    ExportWalk(SqlClient client, ExportSpec spec, ExportSheet sheet) {
        this.client = client;
        this.spec = spec;
        this.sheet = sheet;
        this.before = spec.until().plusSeconds(1);
    }

    /** What comes next; may be empty without being the last. */
    Future<Portion> next() {
        Firing firing = firings.peek();
        if (firing == null) {
            return noMoreFirings ? Future.succeededFuture(Portion.END) : readFirings();
        }
        return store.desktopsAfter(client, firing, after, DESKTOPS_AT_ONCE).map(desktops -> rows(firing, desktops));
    }

    private Future<Portion> readFirings() {
        return store.before(client, spec, before, FIRINGS_AT_ONCE).map(found -> {
            noMoreFirings = found.size() < FIRINGS_AT_ONCE;
            if (!found.isEmpty()) {
                before = found.get(found.size() - 1).plannedAt();
            }
            if (sheet.hasDesktops()) {
                firings.addAll(found);
                return new Portion(List.of(), found.isEmpty());
            }
            return new Portion(found.stream().map(firing -> row(firing, null)).toList(), noMoreFirings);
        });
    }

    private Portion rows(Firing firing, List<OnDesktop> desktops) {
        List<List<@Nullable Object>> rows = new ArrayList<>(desktops.size());
        if (desktops.isEmpty() && after == null && sheet.hasFiringsWithoutDesktops()) {
            rows.add(row(firing, null));
        }
        desktops.forEach(desktop -> rows.add(row(firing, desktop)));
        if (desktops.size() == DESKTOPS_AT_ONCE) {
            after = desktops.get(desktops.size() - 1);
        } else {
            after = null;
            firings.remove();
        }
        return new Portion(rows, false);
    }

    private List<@Nullable Object> row(Firing firing, @Nullable OnDesktop desktop) {
        return sheet.cells(new ExportLine(firing, desktop, spec.zone()));
    }
}
