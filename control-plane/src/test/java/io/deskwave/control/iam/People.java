package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.script.TestServer;
import io.deskwave.control.script.TestServer.Answer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** People and programs that call a test server: they log in, sign, and speak JSON with single quotes. */
final class People {
    static final String PASSWORD = "correct horse";

    final TestServer server;
    final String project;
    final String admin;

    People(TestServer server) {
        this.server = server;
        this.project = server.credentials.projectId();
        this.admin = server.token();
    }

    Answer call(String token, String method, String path, @Nullable String body) {
        return server.send(method, path, body == null ? null : body.replace('\'', '"'), "X-Auth-Token", token);
    }

    /** The same for what has to succeed. */
    JsonObject done(String token, String method, String path, @Nullable String body) {
        Answer answer = call(token, method, path, body);
        assertThat(answer.status())
                .as(method + " " + path + ": " + answer.text())
                .isBetween(200, 299);
        return answer.text().isEmpty() ? new JsonObject() : answer.json();
    }

    String user(String name) {
        return done(admin, "POST", "/v1/users", "{'name':'" + name + "','password':'" + PASSWORD + "'}")
                .getString("id");
    }

    /** A user who has these in the first project: groups without a colon, permissions with one. */
    String user(String name, String... having) {
        String id = user(name);
        grant(admin, id, project, having);
        return id;
    }

    void grant(String token, String userId, String projectId, String... having) {
        JsonObject unused = done(token, "PUT", "/v1/users/" + userId + "/grants/" + projectId, granting(having));
    }

    static String granting(String... having) {
        return "{'permission_group_ids':" + list(Stream.of(having).filter(h -> !h.contains(":"))) + ",'permissions':"
                + list(Stream.of(having).filter(h -> h.contains(":"))) + "}";
    }

    private static String list(Stream<String> names) {
        return names.map(n -> "'" + n + "'").toList().toString();
    }

    String project(String name) {
        return done(admin, "POST", "/v1/projects", "{'name':'" + name + "'}").getString("id");
    }

    Answer login(String name, String password, String scope) {
        String body = "{'auth':{'identity':{'methods':['password'],'password':{'user':{'name':'" + name
                + "','password':'" + password + "','domain':{'name':'deskwave'}}}}" + scope + "}}";
        return server.send("POST", "/v3/auth/tokens?nocatalog=true", body.replace('\'', '"'));
    }

    String token(String name, String projectId) {
        return login(name, PASSWORD, ",'scope':{'project':{'id':'" + projectId + "'}}")
                .header("X-Subject-Token");
    }

    String token(String name) {
        return token(name, project);
    }

    /** Signs as the vendor's SDK does, by the vendor's rules and not by our code; more headers are signed too. */
    Answer signed(
            String accessKey,
            String secretKey,
            String stamp,
            String method,
            String target,
            String body,
            String... more) {
        List<String> headers = new ArrayList<>(List.of("X-Sdk-Date", stamp));
        headers.addAll(List.of(more));
        List<String> lines = new ArrayList<>(List.of("host:127.0.0.1:" + server.port()));
        for (int i = 0; i < headers.size(); i += 2) {
            lines.add(headers.get(i).toLowerCase(java.util.Locale.ROOT) + ":" + headers.get(i + 1));
        }
        List<String> sorted = lines.stream().sorted().toList();
        String names = String.join(
                ";", sorted.stream().map(l -> l.substring(0, l.indexOf(':'))).toList());
        String[] parts = target.split("\\?", 2);
        String canonical = String.join(
                "\n",
                method,
                parts[0] + "/",
                parts.length < 2 ? "" : parts[1],
                String.join("\n", sorted) + "\n",
                names,
                hash(body));
        String signature = mac(secretKey, "SDK-HMAC-SHA256\n" + stamp + "\n" + hash(canonical));
        headers.addAll(List.of(
                "Authorization",
                "SDK-HMAC-SHA256 Access=" + accessKey + ", SignedHeaders=" + names + ", Signature=" + signature));
        return server.send(method, target, body.isEmpty() ? null : body, headers.toArray(new String[0]));
    }

    static String hash(String text) {
        try {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String mac(String secretKey, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secretKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
