package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.huaweicloud.sdk.core.exception.ClientRequestException;
import com.huaweicloud.sdk.core.region.Region;
import com.huaweicloud.sdk.workspace.v2.WorkspaceClient;
import com.huaweicloud.sdk.workspace.v2.model.CreateScriptReq;
import com.huaweicloud.sdk.workspace.v2.model.CreateScriptRequest;
import com.huaweicloud.sdk.workspace.v2.model.DeleteScriptRequest;
import com.huaweicloud.sdk.workspace.v2.model.ExecuteDesktopPoolScriptRequest;
import com.huaweicloud.sdk.workspace.v2.model.ExecuteDesktopPoolScriptsReq;
import com.huaweicloud.sdk.workspace.v2.model.ExecuteScriptOrCommandReq;
import com.huaweicloud.sdk.workspace.v2.model.ExecuteScriptOrCommandRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListScriptRecordsRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListScriptTasksRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListScriptsRequest;
import com.huaweicloud.sdk.workspace.v2.model.RetryScriptExecutionReq;
import com.huaweicloud.sdk.workspace.v2.model.RetryScriptExecutionRequest;
import com.huaweicloud.sdk.workspace.v2.model.ScriptExecutionTask;
import com.huaweicloud.sdk.workspace.v2.model.ScriptRecordSimpleInfo;
import com.huaweicloud.sdk.workspace.v2.model.ScriptSimpleInfo;
import com.huaweicloud.sdk.workspace.v2.model.ScriptTaskInfo;
import com.huaweicloud.sdk.workspace.v2.model.ShowDesktopPoolsScriptExecTasksRequest;
import com.huaweicloud.sdk.workspace.v2.model.ShowScriptDetailRequest;
import com.huaweicloud.sdk.workspace.v2.model.ShowScriptRecordDetailRequest;
import com.huaweicloud.sdk.workspace.v2.model.StopScriptExecutionReq;
import com.huaweicloud.sdk.workspace.v2.model.StopScriptExecutionRequest;
import com.huaweicloud.sdk.workspace.v2.model.UpdateScriptReq;
import com.huaweicloud.sdk.workspace.v2.model.UpdateScriptRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The vendor's unmodified SDK against a real control plane and real agents: scripts and their executions. */
final class VendorSdkIT {
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

    @ParameterizedTest
    @MethodSource("ways")
    void scriptsAreKept(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String id = script(client, "tidy \u4e2d\u6587 '%", "echo one");
        assertThat(client.listScripts(new ListScriptsRequest()
                                .withName("\u4e2d\u6587 '%")
                                .withType("SHELL")
                                .withLimit(100)
                                .withOffset(0))
                        .getScripts())
                .extracting(ScriptSimpleInfo::getId)
                .contains(id);
        client.updateScript(new UpdateScriptRequest()
                .withScriptId(id)
                .withBody(new UpdateScriptReq()
                        .withName("tidier")
                        .withContent("echo two")
                        .withVersion("2")));
        var shown = client.showScriptDetail(new ShowScriptDetailRequest().withScriptId(id));
        assertThat(shown.getContent()).isEqualTo("echo two");
        assertThat(shown.getDescription()).isEqualTo("kept");
        assertThat(shown.getUpdateTime()).isAfterOrEqualTo(shown.getCreateTime());
        assertThat(client.deleteScript(new DeleteScriptRequest().withScriptId(id))
                        .getHttpStatusCode())
                .isEqualTo(204);
        assertThat(client.listScripts(new ListScriptsRequest().withId(id)).getCount())
                .isZero();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aScriptRunsOnDesktopsAfterItsGrayBatch(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String script = script(client, "hello", "echo hello $(hostname | wc -l)");
        String task = client.executeScriptOrCommand(new ExecuteScriptOrCommandRequest()
                        .withBody(new ExecuteScriptOrCommandReq()
                                .withResourceType("DESKTOP")
                                .withResourceIds(
                                        List.of(sdk.at().id("desk-1"), sdk.at().id("desk-2")))
                                .withGrayResourceIds(List.of(sdk.at().id("desk-2")))
                                .addScriptIdsItem(script)
                                .withExecutionTimeout(5)))
                .getTaskId();
        ScriptTaskInfo ended = awaitTask(client, task);
        assertThat(ended.getStatus()).isEqualTo("SUCCESS");
        assertThat(ended.getSuccessNum()).isEqualTo(2);
        assertThat(ended.getGrayResourceIds()).containsExactly(sdk.at().id("desk-2"));
        assertThat(ended.getTaskScripts()).singleElement().satisfies(s -> {
            assertThat(s.getId()).isEqualTo(script);
            assertThat(s.getName()).isEqualTo("hello");
        });
        assertThat(ended.getEndTime()).isAfterOrEqualTo(ended.getStartTime());
        assertThat(records(client, new ListScriptRecordsRequest().withIsFirstOrder(true), task))
                .singleElement()
                .satisfies(record -> {
                    assertThat(record.getResourceName()).isEqualTo("desk-2");
                    assertThat(record.getExecuteOrder()).isEqualTo(1);
                });
        List<ScriptRecordSimpleInfo> all = records(
                client,
                new ListScriptRecordsRequest()
                        .addScriptIdItem(script)
                        .withResourceId(List.of(sdk.at().id("desk-1"), sdk.at().id("desk-2"))),
                task);
        assertThat(all).hasSize(2).allSatisfy(record -> {
            var detail =
                    client.showScriptRecordDetail(new ShowScriptRecordDetailRequest().withRecordId(record.getId()));
            assertThat(detail.getOutput()).isEqualTo("hello 1\n");
            assertThat(detail.getResultCode()).isEqualTo("EXITED");
            assertThat(detail.getStatus()).isEqualTo("SUCCESS");
        });
        assertThat(client.showScriptDetail(new ShowScriptDetailRequest()
                                .withScriptId(script)
                                .withScriptTaskId(task))
                        .getContent())
                .startsWith("echo hello");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aFailedRecordIsRetriedAndARunningTaskStopped(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String failing = command(sdk, "exit 3");
        assertThat(awaitTask(client, failing).getStatus()).isEqualTo("FAILED");
        String record =
                records(client, new ListScriptRecordsRequest(), failing).get(0).getId();
        assertThat(client.retryScriptExecution(new RetryScriptExecutionRequest()
                                .withBody(new RetryScriptExecutionReq().withRecordId(record)))
                        .getTaskId())
                .isEqualTo(failing);
        assertThat(awaitTask(client, failing).getFailedNum()).isEqualTo(1);

        String sleeping = command(sdk, "sleep 300");
        sdk.at().awaitRecord(sleeping, "RUNNING", 30);
        client.stopScriptExecution(
                new StopScriptExecutionRequest().withBody(new StopScriptExecutionReq().withTaskId(sleeping)));
        assertThat(awaitTask(client, sleeping).getStatus()).isEqualTo("FAILED");
        assertThat(records(client, new ListScriptRecordsRequest().withStatus("FAILED"), sleeping))
                .extracting(ScriptRecordSimpleInfo::getResultCode)
                .containsExactly("STOPPED");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aCommandRunsOnAPool(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String pool = poolOf(sdk, "sdk " + sdk.way().charAt(0) + sdk.at().url().length());
        String task = client.executeDesktopPoolScript(new ExecuteDesktopPoolScriptRequest()
                        .withPoolId(pool)
                        .withBody(new ExecuteDesktopPoolScriptsReq()
                                .withCommandContent("echo $((6 * 7))")
                                .withCommandType(ExecuteDesktopPoolScriptsReq.CommandTypeEnum.SHELL)
                                .withGrayCount(1)
                                .withGrayFailThreshold(1)
                                .withExecutionTimeout(5)))
                .getTaskId();
        assertThat(awaitTask(client, task).getStatus()).isEqualTo("SUCCESS");
        var listed = client.showDesktopPoolsScriptExecTasks(new ShowDesktopPoolsScriptExecTasksRequest()
                .withDesktopPoolId(pool)
                .withStatus("SUCCESS")
                .withTaskType("COMMAND")
                .addTaskIdItem(task)
                .withExecuteTimeStart("2020-01-01T00:00:00Z")
                .withExecuteTimeEnd("2100-01-01T00:00:00Z")
                .withOffset(0)
                .withLimit(10));
        assertThat(listed.getTotalCount()).isEqualTo(1);
        assertThat(listed.getScriptExecutionTasks()).singleElement().satisfies(row -> {
            assertThat(row.getStatus()).isEqualTo(ScriptExecutionTask.StatusEnum.FINISH);
            assertThat(row.getSuccessNum()).isEqualTo(2);
            assertThat(row.getCommandContent()).isEqualTo("echo $((6 * 7))");
        });
    }

    @ParameterizedTest
    @MethodSource("ways")
    void refusalsCarryCodeMessageAndRequestId(VendorSdk sdk) {
        ClientRequestException refused = refusal(
                () -> sdk.client().showScriptDetail(new ShowScriptDetailRequest().withScriptId("923438311391891456")));
        assertThat(refused.getHttpStatusCode()).isEqualTo(404);
        assertThat(refused.getErrorCode()).isEqualTo("WKS.00211902");
        assertThat(refused.getErrorMsg()).contains("923438311391891456");
        assertThat(refused.getRequestId()).isNotBlank();
        assertThat(refusal(() -> sdk.client()
                                .createScript(new CreateScriptRequest().withBody(new CreateScriptReq().withName("x"))))
                        .getErrorMsg())
                .contains("is missing");
    }

    /** With a region and no project id the SDK asks for the project that has the region's name. */
    @Test
    void theProjectIsFoundByTheNameOfTheRegion() {
        Installation plain = installations.plain;
        var credential = new com.huaweicloud.sdk.core.auth.BasicCredentials()
                .withAk(plain.bootstrap.getString("access_key"))
                .withSk(plain.bootstrap.getString("secret_key"))
                .withIamEndpoint(plain.url());
        var client = WorkspaceClient.newBuilder()
                .withCredential(credential)
                .withRegion(new Region(plain.bootstrap.getString("project_name"), plain.url()))
                .build();
        assertThat(client.listScripts(new ListScriptsRequest()).getHttpStatusCode())
                .isEqualTo(200);
    }

    @Test
    void whoMayOnlyLookIsToldWhatIsMissing() {
        Installation at = installations.plain;
        String user = ours(at, "POST", "/v1/users", "{\"name\":\"vera\",\"password\":\"correct horse battery\"}")
                .getString("id");
        ours(at, "PUT", "/v1/users/" + user + "/grants/" + at.project(), "{\"permission_group_ids\":[\"viewer\"]}");
        JsonObject key = ours(at, "POST", "/v1/access-keys", "{\"user_id\":\"" + user + "\"}");
        WorkspaceClient client = VendorSdk.clientWithKeys(at, key.getString("access_key"), key.getString("secret_key"));
        assertThat(client.listScripts(new ListScriptsRequest()).getHttpStatusCode())
                .isEqualTo(200);
        ClientRequestException refused = refusal(() -> script(client, "n", "true"));
        assertThat(refused.getHttpStatusCode()).isEqualTo(403);
        assertThat(refused.getErrorMsg()).contains("workspace:scripts:create");
        var sealed = new JsonObject().put("encoded_message", refused.getEncodedAuthorizationMessage());
        assertThat(ours(at, "POST", "/v5/decode-authorization-message", sealed.encode())
                        .getString("decoded_message"))
                .contains("workspace:scripts:create", user);
    }

    @CanIgnoreReturnValue
    private static JsonObject ours(Installation at, String method, String path, String body) {
        var answer = at.send(method, path, body, at.token());
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
        return answer.body().isEmpty() ? new JsonObject() : new JsonObject(answer.body());
    }

    private static ClientRequestException refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return catchThrowableOfType(ClientRequestException.class, call);
    }

    private static String script(WorkspaceClient client, String name, String content) {
        return client.createScript(new CreateScriptRequest()
                        .withBody(new CreateScriptReq()
                                .withName(name)
                                .withType("SHELL")
                                .withDescription("kept")
                                .withContent(content)))
                .getScriptId();
    }

    private static String command(VendorSdk sdk, String command) {
        return sdk.client()
                .executeScriptOrCommand(new ExecuteScriptOrCommandRequest()
                        .withBody(new ExecuteScriptOrCommandReq()
                                .withResourceType("DESKTOP")
                                .addResourceIdsItem(sdk.at().id("desk-1"))
                                .withCommand(command)
                                .withCommandType("SHELL")
                                .withExecutionTimeout(0)))
                .getTaskId();
    }

    /** A pool with both desktops; moving them is ours, so that the SDK has no call for it. */
    private static String poolOf(VendorSdk sdk, String name) {
        String pool = VendorPools.create(sdk.client(), name);
        sdk.at()
                .call(
                        "POST",
                        "/desktop-pools/" + pool + "/desktops",
                        new JsonObject()
                                .put(
                                        "desktop_ids",
                                        new JsonArray()
                                                .add(sdk.at().id("desk-1"))
                                                .add(sdk.at().id("desk-2"))));
        return pool;
    }

    private static List<ScriptRecordSimpleInfo> records(
            WorkspaceClient client, ListScriptRecordsRequest request, String task) {
        return client.listScriptRecords(request.withScriptTaskId(task).withLimit(100))
                .getScriptRecords();
    }

    private static ScriptTaskInfo awaitTask(WorkspaceClient client, String task) {
        return Eventually.get(
                60,
                () -> {
                    ScriptTaskInfo info = client.listScriptTasks(new ListScriptTasksRequest().addTaskIdItem(task))
                            .getScriptTasks()
                            .get(0);
                    return info.getEndTime() == null ? null : info;
                },
                () -> task + " did not end");
    }
}
