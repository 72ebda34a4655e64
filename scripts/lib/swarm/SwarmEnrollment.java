package io.deskwave.agent;

import io.deskwave.protocol.Enrollment.Answer;
import io.deskwave.protocol.Enrollment.Request;
import io.deskwave.protocol.Enrollment.Token;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.SigningKey;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.TimeUnit;

/** Makes identities: a key pair each, and the exchange at {@link Protocol#ENROLL_PATH}, so many at once and no more. */
final class SwarmEnrollment {
    private static final int TRIES = 20;

    private final Vertx vertx;
    private final Token token;
    private final SwarmFigures figures;
    private final HttpClient client;

    SwarmEnrollment(Vertx vertx, Token token, int atOnce, SwarmFigures figures) {
        this.vertx = vertx;
        this.token = token;
        this.figures = figures;
        var options = new HttpClientOptions().setConnectTimeout(10_000);
        if (token.fingerprint() != null) {
            Trust.only(token.fingerprint(), options.setVerifyHost(false));
        }
        this.client = vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(atOnce));
    }

    Future<Identity> enroll(String name, HostInfo host) {
        SigningKey key = SigningKey.generate();
        var candidate = new Identity(
                null,
                key.toBase64(),
                key.verifyingKey().toBase64(),
                null,
                token.endpoint(),
                token.fingerprint(),
                host.machineId(),
                Identities.hash(token));
        return ask(candidate, new Request(token.secret(), name, candidate.publicKey(), host), 1);
    }

    private Future<Identity> ask(Identity candidate, Request request, int attempt) {
        var target = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(token.endpoint() + Protocol.ENROLL_PATH)
                .putHeader("Content-Type", "application/json");
        return client.request(target)
                .compose(http -> http.send(Buffer.buffer(Wire.toJson(request))))
                .compose(response -> response.body().map(body -> {
                    if (response.statusCode() == 200) {
                        Answer answer = Wire.fromJson(body.toString(), Answer.class);
                        return candidate.enrolledAs(answer.desktopId(), answer.workKey());
                    }
                    throw new RefusedException(Wire.fromJson(body.toString(), Refusal.class));
                }))
                .timeout(60, TimeUnit.SECONDS)
                .recover(cause -> again(candidate, request, attempt, cause));
    }

    private Future<Identity> again(Identity candidate, Request request, int attempt, Throwable cause) {
        Refusal refusal = cause instanceof RefusedException refused ? refused.refusal() : null;
        if (attempt == TRIES || (refusal != null && refusal.reason() != Refusal.Reason.BUSY)) {
            return Future.failedFuture(cause);
        }
        figures.enrollBusy.increment();
        Long told = refusal == null ? null : refusal.retryAfterMillis();
        return vertx.timer(told == null ? 1000 : Math.max(1, told), TimeUnit.MILLISECONDS)
                .compose(later -> ask(candidate, request, attempt + 1));
    }
}
