package io.deskwave.control.schedule;

import io.deskwave.control.desktop.TagMatch;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which desktops belong to which tasks, found for many of both by one statement. */
final class MemberStore {
    /**
     * To stand after a {@code desk (id, project_id, pool_id)}; makes {@code member (task_id, desktop_id)} of the first
     * six values.
     */
    static final String MEMBER =
            """
            , object AS (
                SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[])
                    AS o (task_id, project_id, type, id, tag_key, tag_value)
            ), member AS (
                SELECT o.task_id, d.id AS desktop_id FROM object o JOIN desk d ON d.project_id = o.project_id
                WHERE o.type = 'ALL_DESKTOPS'
                UNION
                SELECT o.task_id, d.id FROM object o JOIN desk d ON d.id = o.id AND d.project_id = o.project_id
                WHERE o.type = 'DESKTOP'
                UNION
                SELECT o.task_id, d.id FROM object o JOIN desk d ON d.pool_id = o.id AND d.project_id = o.project_id
                WHERE o.type = 'DESKTOP_POOL'
                UNION
                SELECT o.task_id, d.id FROM object o
                JOIN desktop_tags g ON g.project_id = o.project_id AND g.key = o.tag_key
                    AND (o.tag_value IS NULL OR g.value = o.tag_value)
                JOIN desk d ON d.id = g.desktop_id AND d.project_id = o.project_id
                WHERE o.type = 'DESKTOP_TAG'
            )
            """;

    private final List<UUID> tasks = new ArrayList<>();
    private final List<String> projects = new ArrayList<>();
    private final List<String> types = new ArrayList<>();
    private final List<@Nullable UUID> ids = new ArrayList<>();
    private final List<@Nullable String> keys = new ArrayList<>();
    private final List<@Nullable String> values = new ArrayList<>();

    private MemberStore() {}

    /** The values that {@link #MEMBER} begins with. */
    static Tuple of(List<TriggeredTask> tasks) {
        var members = new MemberStore();
        tasks.forEach(task -> task.objects().forEach(object -> members.add(task, object)));
        return Tuple.tuple()
                .addArrayOfUUID(members.tasks.toArray(UUID[]::new))
                .addArrayOfString(members.projects.toArray(String[]::new))
                .addArrayOfString(members.types.toArray(String[]::new))
                .addArrayOfUUID(members.ids.toArray(UUID[]::new))
                .addArrayOfString(members.keys.toArray(String[]::new))
                .addArrayOfString(members.values.toArray(String[]::new));
    }

    private void add(TriggeredTask task, ApplyObject object) {
        TagMatch tag =
                object.type() == ApplyObject.Type.DESKTOP_TAG ? TagMatch.of(ApplyObject.FIELD, object.id()) : null;
        tasks.add(task.id());
        projects.add(task.projectId());
        types.add(object.type().name());
        ids.add(object.uuid());
        keys.add(tag == null ? null : tag.key());
        values.add(tag == null || tag.values().isEmpty() ? null : tag.values().get(0));
    }
}
