package io.deskwave.control.iam;

import static io.deskwave.control.script.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.http.Actions;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Walks the document as it is. */
class BuiltInGroupsTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Actions ACTIONS = await(Actions.load(VERTX));
    /** Whoever may do these may do anything, sooner or later. */
    private static final List<String> SHAPING =
            List.of("iam:", "sts:", "workspace:scripts:create", "workspace:scripts:put", "workspace:enrollmentTokens:");

    @AfterAll
    static void close() {
        VERTX.close().onFailure(Throwable::printStackTrace);
    }

    private static Permissions group(String id) {
        return new Permissions(BuiltInGroups.of(ACTIONS).getOrDefault(id, Set.of()));
    }

    @Test
    void whatAViewerMayDoChangesNothing() {
        Permissions viewer = group(BuiltInGroups.VIEWER);
        assertThat(ACTIONS.uses())
                .filteredOn(use -> viewer.cover(use.action()))
                .isNotEmpty()
                .allMatch(use -> use.method().equals("GET")
                        || use.operationId().startsWith("List")
                        || use.operationId().startsWith("Show")
                        || use.operationId().startsWith("Count"));
        assertThat(viewer.names()).allMatch(name -> !name.endsWith("*"));
    }

    @Test
    void whoThePeopleAreAndWhichKeysTheyHaveIsForAdministrators() {
        assertThat(ACTIONS.all())
                .filteredOn(action -> action.startsWith("iam:"))
                .hasSizeGreaterThan(10)
                .noneMatch(group(BuiltInGroups.VIEWER)::cover)
                .noneMatch(group(BuiltInGroups.OPERATOR)::cover);
    }

    @Test
    void aViewerMayReadEverythingElse() {
        Permissions viewer = group(BuiltInGroups.VIEWER);
        assertThat(ACTIONS.uses())
                .filteredOn(use -> use.action().matches("(?!iam:).*:(get|list|show)[A-Za-z]*"))
                .hasSizeGreaterThan(10)
                .allMatch(use -> viewer.cover(use.action()), "is a viewer's");
    }

    @Test
    void anOperatorRunsThingsAndShapesNothing() {
        Permissions operator = group(BuiltInGroups.OPERATOR);
        Permissions viewer = group(BuiltInGroups.VIEWER);
        assertThat(operator.cover(viewer)).isTrue();
        assertThat(viewer.cover("workspace:tenants:exportData")).isTrue();
        assertThat(viewer.cover("workspace:scheduledTasks:exportRecords")).isFalse();
        assertThat(ACTIONS.uses())
                .filteredOn(use -> Set.of(
                                "ExecuteScriptOrCommand",
                                "ExecuteDesktopPoolScript",
                                "ExecuteScriptByDesktopTag",
                                "RetryScriptExecution",
                                "StopScriptExecution",
                                "BatchRunDesktops",
                                "ExecuteDesktopPoolAction",
                                "CreateTag",
                                "DeleteTag",
                                "CreateScheduledTasks",
                                "BatchDeleteScheduledTasks",
                                "ExportScheduledTasksRecords",
                                "DeleteExportTasks")
                        .contains(use.operationId()))
                .hasSizeGreaterThanOrEqualTo(6)
                .filteredOn(use -> !use.action().equals("workspace:desktops:rebuild"))
                .allMatch(use -> operator.cover(use.action()), "is an operator's");
        assertThat(ACTIONS.all()).contains("workspace:desktops:rebuild");
        assertThat(operator.cover("workspace:desktops:rebuild")).isFalse();
        assertThat(ACTIONS.all())
                .filteredOn(action -> SHAPING.stream().anyMatch(action::startsWith) && !viewer.cover(action))
                .hasSizeGreaterThan(10)
                .noneMatch(operator::cover);
        assertThat(ACTIONS.all())
                .filteredOn(action -> action.endsWith(":delete") && !action.startsWith("workspace:scheduledTasks:"))
                .isNotEmpty()
                .noneMatch(operator::cover);
    }

    @Test
    void anAdministratorMayDoEverything() {
        assertThat(ACTIONS.all()).isNotEmpty().allMatch(group(BuiltInGroups.ADMINISTRATOR)::cover);
    }
}
