package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.http.ApiException;
import io.vertx.core.MultiMap;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against requests that the vendor's unmodified SDK has sent. */
class RequestSignatureTest {
    private static final byte[] SECRET = "SKexample0000000000000000000000000000001".getBytes(StandardCharsets.US_ASCII);
    private static final Instant CAPTURED = Instant.parse("2026-11-20T14:00:00Z");

    record Capture(String name, RequestSignature.Request request) {
        String authorization() {
            return request.headers().get("Authorization");
        }

        Instant signedAt() {
            String stamp = request.headers().get("X-Sdk-Date");
            return Instant.parse(stamp.replaceAll("(....)(..)(..)T(..)(..)(..)Z", "$1-$2-$3T$4:$5:$6Z"));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Capture> captures() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(RequestSignatureTest.class.getResourceAsStream("/signed-requests.txt"))) {
            return Arrays.stream(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n=== ", -1))
                    .skip(1)
                    .map(RequestSignatureTest::capture)
                    .toList();
        }
    }

    private static Capture capture(String text) {
        String[] headAndBody = text.stripTrailing().split("\n\n", 2);
        String[] lines = headAndBody[0].split("\n", -1);
        String[] requestLine = lines[1].split(" ", 3);
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        Arrays.stream(lines).skip(2).map(l -> l.split(": ", 2)).forEach(h -> headers.add(h[0], h[1]));
        byte[] body = headAndBody.length < 2 ? new byte[0] : headAndBody[1].getBytes(StandardCharsets.UTF_8);
        return new Capture(lines[0], new RequestSignature.Request(requestLine[0], requestLine[1], headers, body));
    }

    @ParameterizedTest
    @MethodSource("captures")
    void takesWhatTheSdkSigned(Capture capture) {
        RequestSignature signature = RequestSignature.parse(capture.authorization());

        assertThat(signature.accessKey()).isEqualTo("AKEXAMPLE00000000001");
        assertThatCode(() -> signature.verify(capture.request(), SECRET, capture.signedAt()))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("captures")
    void refusesAnotherSecret(Capture capture) {
        RequestSignature signature = RequestSignature.parse(capture.authorization());

        assertThatThrownBy(() -> signature.verify(capture.request(), new byte[] {1}, capture.signedAt()))
                .isInstanceOf(ApiException.Unauthorized.class)
                .hasMessageContaining("signature does not fit");
    }

    @ParameterizedTest
    @MethodSource("captures")
    void refusesAChangedBody(Capture capture) {
        RequestSignature signature = RequestSignature.parse(capture.authorization());
        RequestSignature.Request changed = new RequestSignature.Request(
                capture.request().method(),
                capture.request().target(),
                capture.request().headers(),
                new byte[] {'x'});

        assertThatThrownBy(() -> signature.verify(changed, SECRET, capture.signedAt()))
                .isInstanceOf(ApiException.Unauthorized.class);
    }

    @Test
    void readsAllCaptures() throws IOException {
        assertThat(captures()).hasSize(29);
    }

    @Test
    void tellsTheServersTimeWhenTheClockIsOff() throws IOException {
        Capture capture = captures().get(0);
        RequestSignature signature = RequestSignature.parse(capture.authorization());
        Instant late = capture.signedAt().plus(RequestSignature.TOLERANCE).plusSeconds(1);

        assertThatThrownBy(() -> signature.verify(capture.request(), SECRET, late))
                .isInstanceOf(ApiException.Unauthorized.class)
                .hasMessageContaining("the server's time is 20261120T140608Z");
    }

    @Test
    void refusesADateThatIsNotSigned() {
        assertThatThrownBy(() -> RequestSignature.parse(
                        "SDK-HMAC-SHA256 Access=A, SignedHeaders=host, Signature=" + "0".repeat(64)))
                .isInstanceOf(ApiException.Unauthorized.class)
                .hasMessageContaining("X-Sdk-Date must be among");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x;x-sdk-date;x", "X;x;x-sdk-date", "x-sdk-date;x-sdk-date"})
    void refusesAHeaderThatIsSignedTwice(String names) {
        assertThatThrownBy(() -> parsed(names))
                .isInstanceOf(ApiException.Unauthorized.class)
                .hasMessageContaining("twice among the SignedHeaders");
    }

    @Test
    void refusesMoreSignedHeadersThanAnybodySends() {
        String most =
                "x-sdk-date" + IntStream.range(1, 64).mapToObj(i -> ";x-" + i).collect(Collectors.joining());
        assertThat(parsed(most).accessKey()).isEqualTo("A");
        assertThatThrownBy(() -> parsed(most + ";x-64"))
                .isInstanceOf(ApiException.Unauthorized.class)
                .hasMessageContaining("more than 64");
    }

    private static RequestSignature parsed(String signedHeaders) {
        return RequestSignature.parse(
                "SDK-HMAC-SHA256 Access=A, SignedHeaders=" + signedHeaders + ", Signature=" + "0".repeat(64));
    }

    @Test
    void refusesWhatIsNoDate() {
        RequestSignature signature = RequestSignature.parse(
                "SDK-HMAC-SHA256 Access=A, SignedHeaders=x-sdk-date, Signature=" + "0".repeat(64));
        RequestSignature.Request request = new RequestSignature.Request(
                "GET", "/", MultiMap.caseInsensitiveMultiMap().add("X-Sdk-Date", "today"), new byte[0]);

        assertThatThrownBy(() -> signature.verify(request, SECRET, CAPTURED))
                .isInstanceOf(ApiException.Unauthorized.class)
                .hasMessageContaining("20261120T135108Z");
    }
}
