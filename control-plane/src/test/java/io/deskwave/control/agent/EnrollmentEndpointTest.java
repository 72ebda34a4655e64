package io.deskwave.control.agent;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.IdentityStore;
import io.deskwave.control.desktop.JobStore;
import io.deskwave.control.desktop.NewDesktopTags;
import io.deskwave.control.desktop.PlaceFilling;
import io.deskwave.control.desktop.Rebuilds;
import io.deskwave.protocol.Enrollment;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.Refusal.Reason;
import io.deskwave.protocol.SigningKey;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnrollmentEndpointTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final String WORK_KEY = "the work key";

    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final InstantSource clock = InstantSource.fixed(NOW);
    private final EnrollmentTokens tokens = new EnrollmentTokens(database, clock, () -> "http://127.0.0.1:1", null);
    private final HttpClient client = HttpClient.newHttpClient();
    private String secret = "";
    private int port;

    @BeforeEach
    void serve() {
        new DesktopFixture(database);
        secret = Enrollment.Token.decode(await(tokens.create(PROJECT, new EnrollmentToken.New(null, "", null, null)))
                        .text())
                .secret();
        Router router = Router.router(vertx);
        new EnrollmentEndpoint(
                        new Enrollments(
                                database,
                                clock,
                                tokens,
                                new IdentityStore(),
                                new PlaceFilling(NewDesktopTags.NONE),
                                new Rebuilds(
                                        database,
                                        new JobStore(),
                                        (tx, usedUp) -> Future.succeededFuture(),
                                        (tx, rebuilt, at) -> Future.succeededFuture(),
                                        clock)),
                        WORK_KEY,
                        1,
                        clock)
                .mount(router);
        HttpServer server =
                await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
        port = server.actualPort();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void answersAnIdentityAndTheWorkKey() throws Exception {
        HttpResponse<String> response = post(request().encode());

        assertThat(response.statusCode()).isEqualTo(200);
        Enrollment.Answer answer = Wire.fromJson(response.body(), Enrollment.Answer.class);
        assertThat(answer.workKey()).isEqualTo(WORK_KEY);
        assertThat(await(new DesktopStore().find(database.client(), PROJECT, answer.desktopId())))
                .isPresent();
    }

    @Test
    void strangersWhoNeverFinishTheirBodyTakeOnlySoManyPlaces() throws Exception {
        List<Socket> stalled = new ArrayList<>();
        try {
            int status = 0;
            for (int i = 0; i < 300 && status != 503; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                stalled.add(socket);
                socket.getOutputStream()
                        .write("POST /agent/v1/enroll HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{"
                                .getBytes(StandardCharsets.US_ASCII));
                status = post("").statusCode();
            }
            assertThat(status).isEqualTo(503);
            assertThat(stalled).hasSizeLessThan(300);
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                  | 400",
                "null                                | 400",
                "[]                                  | 400",
                "'{'                                 | 400",
                "'\"text\"'                          | 400",
                "{}                                  | 400",
            })
    void refusesWhatIsNoRequest(String body, int status) throws Exception {
        refused(post(body), status, Reason.INVALID);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "secret     | null                                    | 400 | INVALID",
                "secret     | \"unknown\"                             | 403 | UNKNOWN",
                "secret     | \"nul\\u0000\"                          | 403 | UNKNOWN",
                "secret     | {}                                      | 400 | INVALID",
                "public_key | null                                    | 400 | INVALID",
                "public_key | \"\"                                    | 400 | INVALID",
                "public_key | \"%%%\"                                 | 400 | INVALID",
                "public_key | \"AAAA\"                                | 400 | INVALID",
                "host       | null                                    | 400 | INVALID",
                "host       | {}                                      | 400 | INVALID",
                "host       | {\"memory_bytes\":\"x\"}                | 400 | INVALID",
                "name       | \"a\\u0000b\"                           | 400 | INVALID",
                "name       | \"line\\nbreak\"                        | 400 | INVALID",
            })
    void refusesABadMember(String member, String json, int status, Reason reason) throws Exception {
        JsonObject request = request();
        request.remove(member);
        String body = request.encode().replaceFirst("\\{", "{\"" + member + "\":" + json.replace("\\", "\\\\") + ",");

        refused(post(body), status, reason);
        assertThat(await(database.client()
                                .query("SELECT count(*) FROM desktops")
                                .execute())
                        .iterator()
                        .next()
                        .getLong(0))
                .isZero();
    }

    @Test
    void refusesAKeyOfAnotherKindAndTextsThatAreTooLong() throws Exception {
        byte[] rsa = KeyPairGenerator.getInstance("RSA")
                .generateKeyPair()
                .getPublic()
                .getEncoded();

        refused(
                post(request()
                        .put("public_key", Base64.getEncoder().encodeToString(rsa))
                        .encode()),
                400,
                Reason.INVALID);
        refused(post(request().put("name", "n".repeat(256)).encode()), 400, Reason.INVALID);
        refused(post(request().put("secret", "s".repeat(257)).encode()), 400, Reason.INVALID);
        refused(post(request().put("more", "x".repeat(300_000)).encode()), 400, Reason.INVALID);
    }

    @Test
    void takesAHostThatSaysStrangeThings() throws Exception {
        JsonObject host = new JsonObject(Wire.toJson(host()))
                .put("os_name", "\u0000\ud800")
                .put("boot_time", "+1000000000-12-31T23:59:59.999999999Z")
                .put("future_member", new JsonObject().put("x", 1));
        host.remove("machine_id");
        host.remove("cpu");
        HttpResponse<String> response = post(request().put("host", host).encode());

        assertThat(response.body()).contains("desktop_id");
        UUID id = Wire.fromJson(response.body(), Enrollment.Answer.class).desktopId();
        HostInfo stored = await(new DesktopStore().find(database.client(), PROJECT, id))
                .orElseThrow()
                .host();
        assertThat(stored.machineId()).isEmpty();
        assertThat(stored.cpu().logicalCores()).isZero();
    }

    private JsonObject request() {
        String key = SigningKey.generate().verifyingKey().toBase64();
        return new JsonObject(Wire.toJson(new Enrollment.Request(secret, "pc", key, host())));
    }

    private HttpResponse<String> post(String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + Protocol.ENROLL_PATH))
                .timeout(Duration.ofSeconds(20))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    private static void refused(HttpResponse<String> response, int status, Reason reason) {
        Refusal refusal = Wire.fromJson(response.body(), Refusal.class);
        assertThat(refusal.reason()).as(refusal.message()).isEqualTo(reason);
        assertThat(refusal.serverTime()).isEqualTo(NOW);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    }
}
