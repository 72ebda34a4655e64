package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.huaweicloud.sdk.core.exception.ClientRequestException;
import com.huaweicloud.sdk.workspace.v2.WorkspaceClient;
import com.huaweicloud.sdk.workspace.v2.model.BatchActionDesktopsReq;
import com.huaweicloud.sdk.workspace.v2.model.BatchDeleteDesktopsRequest;
import com.huaweicloud.sdk.workspace.v2.model.BatchRunDesktopsRequest;
import com.huaweicloud.sdk.workspace.v2.model.CreateDesktopPoolRequest;
import com.huaweicloud.sdk.workspace.v2.model.CreateDesktopReq;
import com.huaweicloud.sdk.workspace.v2.model.CreateDesktopRequest;
import com.huaweicloud.sdk.workspace.v2.model.DeleteDesktopPoolRequest;
import com.huaweicloud.sdk.workspace.v2.model.DeleteDesktopRequest;
import com.huaweicloud.sdk.workspace.v2.model.DeleteDesktopsReq;
import com.huaweicloud.sdk.workspace.v2.model.DesktopDetailInfo;
import com.huaweicloud.sdk.workspace.v2.model.DesktopPoolActionReq;
import com.huaweicloud.sdk.workspace.v2.model.ExecuteDesktopPoolActionRequest;
import com.huaweicloud.sdk.workspace.v2.model.ExpandDesktopPoolReq;
import com.huaweicloud.sdk.workspace.v2.model.ExpandDesktopPoolRequest;
import com.huaweicloud.sdk.workspace.v2.model.JobDetailInfo;
import com.huaweicloud.sdk.workspace.v2.model.ListDesktopsDetailRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListDesktopsRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListItaSubJobsRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListPoolDesktopsDetailRequest;
import com.huaweicloud.sdk.workspace.v2.model.ModifyDesktopAttributesReq;
import com.huaweicloud.sdk.workspace.v2.model.ModifyDesktopAttributesReqDesktop;
import com.huaweicloud.sdk.workspace.v2.model.ShowDesktopDetailRequest;
import com.huaweicloud.sdk.workspace.v2.model.ShowDesktopPoolDetailRequest;
import com.huaweicloud.sdk.workspace.v2.model.ShowJobRequest;
import com.huaweicloud.sdk.workspace.v2.model.ShowJobResponse;
import com.huaweicloud.sdk.workspace.v2.model.SimpleDesktopInfo;
import com.huaweicloud.sdk.workspace.v2.model.UpdateDesktopPoolAttributesReq;
import com.huaweicloud.sdk.workspace.v2.model.UpdateDesktopPoolRequest;
import com.huaweicloud.sdk.workspace.v2.model.UpdateDesktopRequest;
import com.huaweicloud.sdk.workspace.v2.model.VmOperateResult;
import com.huaweicloud.sdk.workspace.v2.model.Volume;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The vendor's unmodified SDK against a real control plane and real agents: desktops, pools, tags, jobs. */
final class VendorSdkDesktopsIT {
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
    void desktopsAreListedShownAndRenamed(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String id = sdk.at().id("desk-1");
        assertThat(client.listDesktops(new ListDesktopsRequest()
                                .addDesktopIdItem(id)
                                .withStatus("ACTIVE")
                                .withLimit(10)
                                .withOffset(0))
                        .getDesktops())
                .singleElement()
                .extracting(SimpleDesktopInfo::getDesktopId)
                .isEqualTo(id);
        assertThat(client.listDesktopsDetail(new ListDesktopsDetailRequest()
                                .withComputerName("desk-")
                                .withStatus("ACTIVE")
                                .withSortField(ListDesktopsDetailRequest.SortFieldEnum.COMPUTER_NAME)
                                .withSortType(ListDesktopsDetailRequest.SortTypeEnum.DESC))
                        .getDesktops())
                .extracting(DesktopDetailInfo::getComputerName)
                .startsWith("desk-2", "desk-1");
        rename(client, id, "renamed");
        assertThat(desktop(client, id).getComputerName()).isEqualTo("renamed");
        rename(client, id, "desk-1");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void poolsAreMadeChangedAndDeletedAndTheirPlacesFilled(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String name = "pool-" + UUID.randomUUID().toString().substring(0, 8);
        String job = client.createDesktopPool(new CreateDesktopPoolRequest()
                        .withBody(VendorPools.request(name).withSize(1)))
                .getJobId();
        assertThat(job(client, job).getSubJobsTotal()).isEqualTo(1);
        String pool = VendorPools.find(client, name).getId();
        String token = VendorPools.expand(sdk, pool);
        String desktop = sdk.at().startAgent(name, token);
        assertThat(client.listPoolDesktopsDetail(new ListPoolDesktopsDetailRequest()
                                .withPoolId(pool)
                                .withLimit(10))
                        .getPoolDesktops())
                .singleElement()
                .satisfies(row -> assertThat(row.getDesktopId()).isEqualTo(desktop));
        assertThat(client.expandDesktopPool(new ExpandDesktopPoolRequest()
                                .withPoolId(pool)
                                .withBody(new ExpandDesktopPoolReq().withSize(2)))
                        .getJobId())
                .isNotBlank();
        client.updateDesktopPool(new UpdateDesktopPoolRequest()
                .withPoolId(pool)
                .withBody(new UpdateDesktopPoolAttributesReq().withDescription("changed")));
        assertThat(client.showDesktopPoolDetail(new ShowDesktopPoolDetailRequest().withPoolId(pool)))
                .satisfies(shown -> {
                    assertThat(shown.getDescription()).isEqualTo("changed");
                    assertThat(shown.getDesktopCount()).isEqualTo(1);
                    assertThat(shown.getStatus()).isEqualTo("TEMPORARY");
                });
        succeeds(
                client,
                client.executeDesktopPoolAction(new ExecuteDesktopPoolActionRequest()
                                .withPoolId(pool)
                                .withBody(new DesktopPoolActionReq()
                                        .withOpType("reboot")
                                        .withType(DesktopPoolActionReq.TypeEnum.SOFT)))
                        .getJobId());
        assertThat(catchThrowableOfType(ClientRequestException.class, () -> delete(client, pool))
                        .getHttpStatusCode())
                .isEqualTo(409);
        client.deleteDesktop(new DeleteDesktopRequest().withDesktopId(desktop));
        delete(client, pool);
        assertThat(catchThrowableOfType(
                                ClientRequestException.class,
                                () -> client.showDesktopPoolDetail(new ShowDesktopPoolDetailRequest().withPoolId(pool)))
                        .getHttpStatusCode())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void powerActionsEndOnProof(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String id = sdk.at().id("desk-2");
        String unknown = UUID.randomUUID().toString();
        String bootId = sdk.at()
                .call("GET", "/desktops/" + id, null)
                .getJsonObject("desktop")
                .getString("boot_id");
        var answer = client.batchRunDesktops(new BatchRunDesktopsRequest()
                .withBody(new BatchActionDesktopsReq()
                        .withDesktopIds(List.of(id, unknown))
                        .withOpType("reboot")
                        .withType(BatchActionDesktopsReq.TypeEnum.HARD)));
        assertThat(answer.getFailedOperationList())
                .singleElement()
                .extracting(VmOperateResult::getDesktopId)
                .isEqualTo(unknown);
        JobDetailInfo ended = succeeds(client, answer.getJobId()).getSubJobs().get(0);
        assertThat(ended.getEntities().getDesktopId()).isEqualTo(id);
        assertThat(sdk.at()
                        .call("GET", "/desktops/" + id, null)
                        .getJsonObject("desktop")
                        .getString("boot_id"))
                .isNotEqualTo(bootId);
        assertThat(client.listItaSubJobs(new ListItaSubJobsRequest()
                                .withJobId(answer.getJobId())
                                .withStatus("SUCCESS")
                                .withLimit(10))
                        .getJobs())
                .extracting(JobDetailInfo::getId)
                .containsExactly(ended.getId());
    }

    @ParameterizedTest
    @MethodSource("ways")
    void desktopsAreCreatedAndDeleted(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String job = client.createDesktop(new CreateDesktopRequest()
                        .withBody(new CreateDesktopReq()
                                .withDesktopType(CreateDesktopReq.DesktopTypeEnum.DEDICATED)
                                .withProductId("workspace.c2.large")
                                .withImageType("private")
                                .withImageId("5c2f")
                                .withRootVolume(new Volume().withType("SAS").withSize(80))
                                .withSize(2)
                                .withDesktopName("made")))
                .getJobId();
        assertThat(job(client, job).getSubJobs()).hasSize(2).allSatisfy(place -> assertThat(place.getStatus())
                .isEqualTo("WAITING"));
        String name = "gone-" + UUID.randomUUID().toString().substring(0, 8);
        String desktop = sdk.at().startAgent(name);
        String deletion = client.batchDeleteDesktops(
                        new BatchDeleteDesktopsRequest().withBody(new DeleteDesktopsReq().addDesktopIdsItem(desktop)))
                .getJobId();
        assertThat(succeeds(client, deletion).getSubJobs()).hasSize(1);
        assertThat(catchThrowableOfType(ClientRequestException.class, () -> desktop(client, desktop))
                        .getHttpStatusCode())
                .isEqualTo(404);
    }

    private static void rename(WorkspaceClient client, String id, String name) {
        client.updateDesktop(new UpdateDesktopRequest()
                .withDesktopId(id)
                .withBody(new ModifyDesktopAttributesReq()
                        .withDesktop(new ModifyDesktopAttributesReqDesktop().withComputerName(name))));
    }

    private static DesktopDetailInfo desktop(WorkspaceClient client, String id) {
        return client.showDesktopDetail(new ShowDesktopDetailRequest().withDesktopId(id))
                .getDesktop();
    }

    private static void delete(WorkspaceClient client, String pool) {
        client.deleteDesktopPool(new DeleteDesktopPoolRequest().withPoolId(pool));
    }

    private static ShowJobResponse job(WorkspaceClient client, String job) {
        return client.showJob(new ShowJobRequest().withJobId(job));
    }

    private static ShowJobResponse succeeds(WorkspaceClient client, String job) {
        ShowJobResponse ended = Eventually.get(
                60,
                () -> {
                    ShowJobResponse shown = job(client, job);
                    return shown.getEndTime() == null ? null : shown;
                },
                () -> job(client, job).toString());
        assertThat(ended.getStatus()).isEqualTo("SUCCESS");
        assertThat(ended.getSubJobs())
                .allSatisfy(sub -> assertThat(sub.getStatus()).isEqualTo("SUCCESS"));
        return ended;
    }
}
