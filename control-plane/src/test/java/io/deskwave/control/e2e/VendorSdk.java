package io.deskwave.control.e2e;

import com.huaweicloud.sdk.core.HttpListener;
import com.huaweicloud.sdk.core.auth.ICredential;
import com.huaweicloud.sdk.core.http.HttpConfig;
import com.huaweicloud.sdk.workspace.v2.WorkspaceClient;
import io.deskwave.control.http.DocumentedAnswers;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The vendor's client as a program uses it, pointed at an installation of ours in one of the ways that it knows. */
record VendorSdk(String way, Installation at, WorkspaceClient client) {

    static Stream<VendorSdk> ways(Installation at) {
        return Stream.of(
                new VendorSdk("access key, " + at.url(), at, client(at, withKeys(at))),
                new VendorSdk("token, " + at.url(), at, client(at, withToken(at))));
    }

    private static ICredential withKeys(Installation at) {
        return withKeys(at, at.bootstrap.getString("access_key"), at.bootstrap.getString("secret_key"));
    }

    private static ICredential withKeys(Installation at, String accessKey, String secretKey) {
        return new com.huaweicloud.sdk.core.auth.BasicCredentials()
                .withAk(accessKey)
                .withSk(secretKey)
                .withProjectId(at.project());
    }

    /** Of another user than the first. */
    static WorkspaceClient clientWithKeys(Installation at, String accessKey, String secretKey) {
        return client(at, withKeys(at, accessKey, secretKey));
    }

    private static ICredential withToken(Installation at) {
        return new BasicCredentials().withToken(at.token()).withProjectId(at.project());
    }

    private static WorkspaceClient client(Installation at, ICredential credential) {
        return WorkspaceClient.newBuilder()
                .withCredential(credential)
                .withHttpConfig(http())
                .withEndpoints(List.of(at.url()))
                .build();
    }

    /** As who has a certificate of their own sets it; what comes back is held against our document besides. */
    static HttpConfig http() {
        return HttpConfig.getDefaultHttpConfig()
                .withIgnoreSSLVerification(true)
                .addHttpListener(HttpListener.forResponseListener(VendorSdk::check));
    }

    private static void check(HttpListener.ResponseListener answer) {
        DocumentedAnswers.check(
                answer.httpMethod(),
                URI.create(answer.uri()),
                answer.statusCode(),
                answer.headers(),
                answer.body().orElse("").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return way;
    }
}
