package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.huaweicloud.sdk.core.exception.ClientRequestException;
import com.huaweicloud.sdk.workspace.v2.WorkspaceClient;
import com.huaweicloud.sdk.workspace.v2.model.ApplyObject;
import com.huaweicloud.sdk.workspace.v2.model.BatchDeleteScheduledTasksRequest;
import com.huaweicloud.sdk.workspace.v2.model.CreateAgenciesReq;
import com.huaweicloud.sdk.workspace.v2.model.CreateAgenciesRequest;
import com.huaweicloud.sdk.workspace.v2.model.CreateScheduledTasksReq;
import com.huaweicloud.sdk.workspace.v2.model.CreateScheduledTasksRequest;
import com.huaweicloud.sdk.workspace.v2.model.DeleteScheduledTasksReq;
import com.huaweicloud.sdk.workspace.v2.model.DeleteScheduledTasksRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListAgenciesRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListFutureExecutionsReq;
import com.huaweicloud.sdk.workspace.v2.model.ListFutureExecutionsRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListScheduledTasksRecordsDetailsRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListScheduledTasksRecordsRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListScheduledTasksRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListTimeZonesRequest;
import com.huaweicloud.sdk.workspace.v2.model.ScheduledTask;
import com.huaweicloud.sdk.workspace.v2.model.ShowScheduledTasksRequest;
import com.huaweicloud.sdk.workspace.v2.model.Timezones;
import com.huaweicloud.sdk.workspace.v2.model.UpdateScheduledTasksReq;
import com.huaweicloud.sdk.workspace.v2.model.UpdateScheduledTasksRequest;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The vendor's unmodified SDK against a real control plane: scheduled tasks, time zones, agencies. */
final class VendorSdkSchedulesIT {
    private static VendorInstallations installations;

    @BeforeAll
    static void start() {
        installations = new VendorInstallations();
    }

    @AfterAll
    static void stop() {
        installations.close();
    }

    static Stream<VendorSdk> ways() {
        return installations.ways();
    }

    /** What this version of the SDK lacks; it writes the members of subclasses too. */
    static final class WholeReq extends CreateScheduledTasksReq {
        private final String taskName;
        private final String taskType;
        private final List<ApplyObject> applyObjects;

        WholeReq(String taskName, String taskType, ApplyObject applyObject) {
            this.taskName = taskName;
            this.taskType = taskType;
            this.applyObjects = List.of(applyObject);
        }

        @JsonProperty("task_name")
        String taskName() {
            return taskName;
        }

        @JsonProperty("task_type")
        String taskType() {
            return taskType;
        }

        @JsonProperty("apply_objects")
        List<ApplyObject> applyObjects() {
            return applyObjects;
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void scheduledTasksAreKept(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String name = "weekly-" + UUID.randomUUID();
        create(sdk, name);
        ScheduledTask row = find(client, name);
        assertThat(row.getNextExecutionTime()).endsWith("02:30:00");
        assertThat(row.getEnable()).isTrue();
        client.updateScheduledTasks(new UpdateScheduledTasksRequest()
                .withTaskId(row.getId())
                .withBody(new UpdateScheduledTasksReq().withEnable(false).withDescription("resting")));
        assertThat(client.showScheduledTasks(new ShowScheduledTasksRequest().withTaskId(row.getId())))
                .satisfies(shown -> {
                    assertThat(shown.getWeekList()).isEqualTo("1,7");
                    assertThat(shown.getDescription()).isEqualTo("resting");
                    assertThat(shown.getApplyObjects())
                            .extracting(ApplyObject::getObjectId)
                            .containsExactly(sdk.at().id("desk-1"));
                });
        assertThat(find(client, name).getEnable()).isFalse();
        assertThat(client.listScheduledTasksRecords(new ListScheduledTasksRecordsRequest().withTaskId(row.getId()))
                        .getTotalCount())
                .isZero();
        String unknown = UUID.randomUUID().toString();
        assertThat(catchThrowableOfType(
                                ClientRequestException.class,
                                () -> client.listScheduledTasksRecordsDetails(
                                        new ListScheduledTasksRecordsDetailsRequest()
                                                .withTaskId(row.getId())
                                                .withRecordId(unknown)
                                                .withOffset(0)
                                                .withLimit(10)))
                        .getHttpStatusCode())
                .isEqualTo(404);
        client.deleteScheduledTasks(new DeleteScheduledTasksRequest().withTaskId(row.getId()));
        create(sdk, name);
        client.batchDeleteScheduledTasks(new BatchDeleteScheduledTasksRequest()
                .withBody(new DeleteScheduledTasksReq()
                        .addTaskIdsItem(find(client, name).getId())));
        assertThat(rows(client, name)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void whatFiredIsTold(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String name = "once-" + UUID.randomUUID();
        var due = ZonedDateTime.now(ZoneId.of("Asia/Shanghai")).plusSeconds(6);
        var whole = new WholeReq(
                name,
                "START",
                new ApplyObject()
                        .withObjectType(ApplyObject.ObjectTypeEnum.DESKTOP)
                        .withObjectId(sdk.at().id("desk-1")));
        whole.withScheduledType(CreateScheduledTasksReq.ScheduledTypeEnum.FIXED_TIME)
                .withScheduledDate(DateTimeFormatter.ISO_LOCAL_DATE.format(due))
                .withScheduledTime(DateTimeFormatter.ofPattern("HH:mm:ss").format(due))
                .withTimeZone("Asia/Shanghai");
        client.createScheduledTasks(new CreateScheduledTasksRequest().withBody(whole));
        String id = find(client, name).getId();
        var record = Eventually.get(
                30,
                () -> client
                        .listScheduledTasksRecords(new ListScheduledTasksRecordsRequest().withTaskId(id))
                        .getTasksRecords()
                        .stream()
                        .filter(each -> !each.getStatus().equals("RUNNING"))
                        .findFirst()
                        .orElse(null),
                () -> "nothing fired");
        assertThat(record.getStatus()).isEqualTo("SUCCESS");
        assertThat(record.getSuccessNum()).isEqualTo(1);
        assertThat(client.listScheduledTasksRecordsDetails(new ListScheduledTasksRecordsDetailsRequest()
                                .withTaskId(id)
                                .withRecordId(record.getId())
                                .withOffset(0)
                                .withLimit(10))
                        .getTasksRecordsDetails())
                .singleElement()
                .satisfies(detail -> {
                    assertThat(detail.getDesktopName()).isEqualTo("desk-1");
                    assertThat(detail.getExecStatus()).isEqualTo("SUCCESS");
                });
        assertThat(find(client, name).getLastStatus()).isEqualTo("SUCCESS");
        client.deleteScheduledTasks(new DeleteScheduledTasksRequest().withTaskId(id));
    }

    private static void create(VendorSdk sdk, String name) {
        var whole = new WholeReq(
                name,
                "REBOOT",
                new ApplyObject()
                        .withObjectType(ApplyObject.ObjectTypeEnum.DESKTOP)
                        .withObjectId(sdk.at().id("desk-1")));
        sdk.client()
                .createScheduledTasks(new CreateScheduledTasksRequest()
                        .withBody(whole.withScheduledType(CreateScheduledTasksReq.ScheduledTypeEnum.WEEK)
                                .withWeekList("1,7")
                                .withScheduledTime("02:30:00")
                                .withTimeZone("Europe/Berlin")));
    }

    /** Without a subclass this version of the SDK cannot say what is to be done. */
    @ParameterizedTest
    @MethodSource("ways")
    void whatTheSdkCannotSayIsAskedForByName(VendorSdk sdk) {
        var refused = catchThrowableOfType(ClientRequestException.class, () -> sdk.client()
                .createScheduledTasks(new CreateScheduledTasksRequest()
                        .withBody(new CreateScheduledTasksReq().withScheduledTime("02:30:00"))));
        assertThat(refused.getHttpStatusCode()).isEqualTo(400);
        assertThat(refused.getErrorMsg()).contains("task_");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void futureExecutionsAreCalculated(VendorSdk sdk) {
        assertThat(sdk.client()
                        .listFutureExecutions(new ListFutureExecutionsRequest()
                                .withBody(new ListFutureExecutionsReq()
                                        .withScheduledType(ListFutureExecutionsReq.ScheduledTypeEnum.MONTH)
                                        .withMonthList("2")
                                        .withDateList("L")
                                        .withScheduledTime("23:00:00")
                                        .withTimeZone("GMT+8")))
                        .getFutureExecutions())
                .startsWith("2027-02-28 23:00:00", "2028-02-29 23:00:00");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theTenantsOddsAndEndsAnswer(VendorSdk sdk) {
        assertThat(sdk.client().listTimeZones(new ListTimeZonesRequest()).getTimeZones())
                .extracting(Timezones::getTimeZoneName)
                .contains("Asia/Shanghai", "Europe/Berlin");
        sdk.client()
                .createAgencies(new CreateAgenciesRequest()
                        .withBody(new CreateAgenciesReq().withScene(CreateAgenciesReq.SceneEnum.WORKSPACE)));
        assertThat(sdk.client().listAgencies(new ListAgenciesRequest()).getExistingAgencies())
                .isNotEmpty();
    }

    private static ScheduledTask find(WorkspaceClient client, String name) {
        return rows(client, name).get(0);
    }

    private static List<ScheduledTask> rows(WorkspaceClient client, String name) {
        return client.listScheduledTasks(new ListScheduledTasksRequest()
                        .withTaskName(name)
                        .withOffset(0)
                        .withLimit(50))
                .getScheduledTasks();
    }
}
