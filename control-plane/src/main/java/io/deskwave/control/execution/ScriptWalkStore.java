package io.deskwave.control.execution;

import io.deskwave.control.db.Conditions;
import io.deskwave.control.execution.QueueStore.Versions;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The SQL that walks the scripts of tasks, {@code f}, in the order of the queue. Each of a few scripts has its own place in
 * an index, and what is read there is merged, so that a script which few tasks ran costs what these cost; of many scripts the
 * tasks are looked through.
 */
final class ScriptWalkStore {
    private static final int FEW = 32;

    private static final String WALK =
            "SELECT f.queue_no, f.script_index, f.task_id FROM execution_task_scripts f WHERE ";

    /** Null when it is in the project. */
    private static final String OF_PROJECT = "f.script_id = (SELECT id FROM scripts WHERE project_id = %s AND id = %s)";

    private static final String ALL_OF_PROJECT =
            "f.script_id = ANY(ARRAY(SELECT id FROM scripts WHERE project_id = ? AND id = ANY(%s)))";

    private static final String VERSION =
            "(%sscript_id, %sversion_no) IN (SELECT * FROM unnest(%s::uuid[], %s::int[]))";

    private ScriptWalkStore() {}

    /**
     * Which scripts; one of both is not null.
     *
     * @param ids in any version
     * @param versions those that a name means, which are of the project
     */
    record Scripts(@Nullable List<UUID> ids, @Nullable Versions versions) {
        /** Each once. */
        List<UUID> all() {
            List<UUID> named = versions == null ? ids : versions.scriptIds();
            return named == null
                    ? List.of()
                    : named.stream()
                            .distinct()
                            .filter(id -> ids == null || ids.contains(id))
                            .toList();
        }

        boolean isFew() {
            return all().size() <= FEW;
        }

        private Integer[] versionsOf(UUID id, Versions of) {
            return IntStream.range(0, of.scriptIds().size())
                    .filter(i -> of.scriptIds().get(i).equals(id))
                    .mapToObj(of.versionNos()::get)
                    .toArray(Integer[]::new);
        }
    }

    /**
     * What stands in a FROM.
     *
     * @param inTrouble only of tasks of which a record has failed or was skipped at some time
     */
    static String walk(Conditions values, String projectId, Scripts scripts, WalkStore.Limit limit, boolean inTrouble) {
        if (!scripts.isFew() || scripts.all().isEmpty()) {
            Conditions where = limit.limit(where(values.beside(), projectId, scripts), "f.queue_no");
            if (inTrouble) {
                where.with("f.in_trouble");
            }
            return "(" + WALK + where.all() + ") AS f";
        }
        var each = new ArrayList<String>();
        for (UUID id : scripts.all()) {
            Conditions where = values.beside();
            where.with(OF_PROJECT.formatted(where.parameter(projectId), where.parameter(id)));
            Versions versions = scripts.versions();
            if (versions != null && !versions.complete()) {
                where.with("f.version_no = ANY(?)", scripts.versionsOf(id, versions));
            }
            each.add(WALK + limit.limit(where, "f.queue_no").all());
        }
        return each.stream().collect(Collectors.joining(" UNION ALL ", "(", ") AS f"));
    }

    /** That a row {@code f} is of such a script. */
    static Conditions where(Conditions where, String projectId, Scripts scripts) {
        List<UUID> ids = scripts.ids();
        Versions versions = scripts.versions();
        if (ids != null) {
            where.with(ALL_OF_PROJECT.formatted(where.parameter(ids.toArray(UUID[]::new))), projectId);
        }
        if (versions != null) {
            where.with("f.script_id = ANY(?)", versions.scripts());
            if (!versions.complete()) {
                where.with(version(where, "f.", versions));
            }
        }
        return where;
    }

    static String version(Conditions where, String of, Versions versions) {
        return VERSION.formatted(of, of, where.parameter(versions.ids()), where.parameter(versions.numbers()));
    }
}
