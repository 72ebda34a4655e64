package io.deskwave.control.desktop;

import io.deskwave.control.db.Conditions;
import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;

/** Pages of desktops that meet conditions: {@code d} is the desktop. */
final class DesktopListStore {
    /**
     * Looks for those that meet the conditions once, which may mean looking into each: then counts them, and reads all about
     * those of the page. Without conditions an index has the number, and the page. One row at least, with the number.
     */
    private static final String LIST = Database.PLANNED_EACH_TIME
            + """
            WITH found AS %s (SELECT d.id, %s AS place FROM desktops d%s),
            page AS (SELECT * FROM found ORDER BY %s%s),
            shown AS (
            """
            + DesktopStore.COLUMNS
            + ", d.place FROM (SELECT d.*, w.place FROM page w JOIN desktops d ON d.id = w.id OFFSET 0) d"
            + DesktopStore.NODES
            + """
            )
            SELECT n.found, shown.* FROM (SELECT count(*) AS found FROM found) AS n LEFT JOIN shown ON true ORDER BY %4$s
            """;

    Future<Page<Desktop>> list(SqlClient client, String projectId, DesktopFilter filter, int limit, int offset) {
        Conditions where = new Conditions().with("d.project_id = ?", projectId).with("d.deleted_at IS NULL");
        var words = new Words(where, projectId);
        filter.conditions().forEach(condition -> condition.accept(words));
        String list = LIST.formatted(
                filter.conditions().isEmpty() ? "NOT MATERIALIZED" : "MATERIALIZED",
                place(filter.order()),
                where.where(),
                by(filter.order()),
                where.page());
        return client.preparedQuery(list)
                .execute(where.pageValues(limit, offset))
                .map(rows -> new Page<>(rows.iterator().next().getLong("found"), DesktopStore.desktops(rows)));
    }

    private static String place(DesktopFilter.Order order) {
        return switch (order) {
            case CREATED, CREATED_DESC -> "d.created_at";
            case NAME, NAME_DESC -> "d.computer_name";
        };
    }

    private static String by(DesktopFilter.Order order) {
        return switch (order) {
            case CREATED, NAME -> "place, id";
            case CREATED_DESC, NAME_DESC -> "place DESC, id DESC";
        };
    }

    private static String[] texts(List<String> texts) {
        return texts.toArray(String[]::new);
    }

    /** Each condition in SQL. */
    private record Words(Conditions where, String projectId) implements DesktopCondition.Receiver {
        @Override
        public void on(DesktopCondition.Ids condition) {
            where.with("d.id = ANY (?::uuid[])", condition.ids().toArray(UUID[]::new));
        }

        @Override
        public void on(DesktopCondition.InPools condition) {
            where.with("d.pool_id = ANY (?::uuid[])", condition.poolIds().toArray(UUID[]::new));
        }

        @Override
        public void on(DesktopCondition.Connected condition) {
            where.with(condition.yes() ? "d.node_id IS NOT NULL" : "d.node_id IS NULL");
        }

        @Override
        public void on(DesktopCondition.Pooled condition) {
            where.with(condition.yes() ? "d.pool_id IS NOT NULL" : "d.pool_id IS NULL");
        }

        @Override
        public void on(DesktopCondition.InUse condition) {
            where.with("(jsonb_array_length(d.host -> 'users') > 0) = ?::boolean", condition.yes());
        }

        @Override
        public void on(DesktopCondition.NameContains condition) {
            where.with(contains("d.computer_name", condition.parts()));
        }

        @Override
        public void on(DesktopCondition.Named condition) {
            where.with(
                    "EXISTS (SELECT FROM unnest(?::text[]) name WHERE lower(d.computer_name) = lower(name))",
                    texts(condition.names()));
        }

        @Override
        public void on(DesktopCondition.UserContains condition) {
            where.with("EXISTS (SELECT FROM jsonb_array_elements(d.host -> 'users') who WHERE "
                    + contains("who ->> 'name'", condition.parts()) + ")");
        }

        @Override
        public void on(DesktopCondition.Address condition) {
            String version = condition.ip().contains(":") ? "ipv6" : "ipv4";
            where.with("d.host @> ?::jsonb", withAddress(version, condition.ip()));
        }

        @Override
        public void on(DesktopCondition.Tagged condition) {
            where.with("d.id IN (" + tagged(condition.matches(), condition.all()) + ")");
        }

        @Override
        public void on(DesktopCondition.NotTagged condition) {
            where.with("NOT EXISTS (SELECT FROM (" + tagged(condition.matches(), condition.all())
                    + ") have WHERE have.desktop_id = d.id)");
        }

        @Override
        public void on(DesktopCondition.Untagged condition) {
            where.with("NOT EXISTS (SELECT FROM desktop_tags t WHERE t.desktop_id = d.id)");
        }

        @Override
        public void on(DesktopCondition.Hibernated condition) {
            where.with(condition.yes() ? "d.hibernated_at IS NOT NULL" : "d.hibernated_at IS NULL");
        }

        @Override
        public void on(DesktopCondition.Attached condition) {
            where.with("(coalesce(d.attributes ->> 'user_name', '') <> '') = ?::boolean", condition.yes());
        }

        @Override
        public void on(DesktopCondition.Given condition) {
            where.with("d.attributes @> ?::jsonb", new JsonObject().put(condition.name(), condition.value()));
        }

        @Override
        public void on(DesktopCondition.OfEnterpriseProject condition) {
            where.with("coalesce(d.attributes ->> 'enterprise_project_id', '0') = ?", condition.id());
        }

        /** In any case. Without a part there is nothing that contains one. */
        private String contains(String text, List<String> parts) {
            return parts.stream()
                    .map(part -> "strpos(lower(" + text + "), lower(" + where.parameter(part) + ")) > 0")
                    .collect(Collectors.joining(" OR ", "(false OR ", ")"));
        }

        /** The desktops with all or any of the tags. Found from the tags: what few desktops have is found fast. */
        private String tagged(List<TagMatch> matches, boolean all) {
            var found = new ArrayList<String>();
            String project = where.parameter(projectId);
            for (int i = 0; i < matches.size(); i++) {
                TagMatch match = matches.get(i);
                String values = match.values().isEmpty()
                        ? ""
                        : " AND value = ANY (" + where.parameter(texts(match.values())) + "::text[])";
                found.add("SELECT " + i + " AS match, desktop_id FROM desktop_tags WHERE project_id = " + project
                        + " AND key = " + where.parameter(match.key()) + values);
            }
            return "SELECT desktop_id FROM (" + String.join(" UNION ALL ", found) + ") found"
                    + (all && matches.size() > 1
                            ? " GROUP BY desktop_id HAVING count(DISTINCT match) = " + matches.size()
                            : "");
        }

        /** What the host holds when one of its interfaces has the address. */
        private static JsonObject withAddress(String version, String ip) {
            JsonArray addresses = new JsonArray().add(ip.toLowerCase(Locale.ROOT));
            return new JsonObject().put("interfaces", new JsonArray().add(new JsonObject().put(version, addresses)));
        }
    }
}
