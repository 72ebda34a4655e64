package io.deskwave.agent;

import io.deskwave.protocol.Enrollment.Answer;
import io.deskwave.protocol.Enrollment.Request;
import io.deskwave.protocol.Enrollment.Token;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.VerifyingKey;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.TimeUnit;

/** Exchanges an enrollment token and a new public key for an identity: one POST. Event loop. */
final class Enrollment {
    private final Vertx vertx;
    private final Identities identities;

    Enrollment(Vertx vertx, Identities identities) {
        this.vertx = vertx;
        this.identities = identities;
    }

    /** The candidate, enrolled and saved. Fails with {@link RefusedException} when the control plane says no. */
    Future<Identity> enroll(Token token, String endpoint, String name, HostInfo host) {
        return vertx.executeBlocking(() -> identities.candidate(token, endpoint, host.machineId()))
                .compose(candidate -> candidate.isEnrolled()
                        ? Future.succeededFuture(candidate)
                        : ask(candidate, new Request(token.secret(), name, candidate.publicKey(), host)));
    }

    private Future<Identity> ask(Identity candidate, Request request) {
        HttpClient client = vertx.createHttpClient(options(candidate));
        var target = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(candidate.endpoint() + Protocol.ENROLL_PATH)
                .putHeader("Content-Type", "application/json");
        return client.request(target)
                .compose(http -> http.send(Buffer.buffer(Wire.toJson(request))))
                .compose(Enrollment::read)
                .timeout(30, TimeUnit.SECONDS)
                .map(answer -> candidate.enrolledAs(answer.desktopId(), answer.workKey()))
                .compose(this::save)
                .eventually(client::close);
    }

    private Future<Identity> save(Identity enrolled) {
        return vertx.executeBlocking(() -> {
            identities.saveCandidate(enrolled);
            return enrolled;
        });
    }

    private static HttpClientOptions options(Identity candidate) {
        var options = new HttpClientOptions().setConnectTimeout(10_000);
        String fingerprint = candidate.fingerprint();
        if (fingerprint != null) {
            Trust.only(fingerprint, options.setVerifyHost(false));
        }
        return options;
    }

    private static Future<Answer> read(HttpClientResponse response) {
        return response.body().map(body -> {
            if (response.statusCode() == 200) {
                return answer(body);
            }
            throw new RefusedException(refusal(response.statusCode(), body));
        });
    }

    /** A proxy may say 200 too: only what names a desktop and a usable key is an answer. */
    private static Answer answer(Buffer body) {
        try {
            Answer answer = Wire.fromJson(body.toString(), Answer.class);
            var unused = VerifyingKey.fromBase64(answer.workKey());
            return answer;
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("the answer to the enrollment brings no identity", e);
        }
    }

    private static Refusal refusal(int status, Buffer body) {
        try {
            return Wire.fromJson(body.toString(), Refusal.class);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("the answer to the enrollment was HTTP " + status + " without a reason", e);
        }
    }
}
