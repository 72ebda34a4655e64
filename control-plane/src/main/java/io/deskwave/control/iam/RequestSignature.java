package io.deskwave.control.iam;

import io.deskwave.control.http.ApiException;
import io.vertx.core.MultiMap;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The SDK-HMAC-SHA256 signature of a request: the vendor's scheme, judged from what came over the wire. Pure. */
final class RequestSignature {
    static final String SCHEME = "SDK-HMAC-SHA256";
    static final Duration TOLERANCE = Duration.ofMinutes(15);
    private static final int MOST_SIGNED_HEADERS = 64;
    private static final String DATE = "x-sdk-date";
    private static final Pattern AUTHORIZATION = Pattern.compile(
            SCHEME + " +Access=([^,\\s]{1,128}), *SignedHeaders=([^,\\s]{1,2048}), *Signature=([0-9a-f]{64})");
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);
    private static final String HASH = "X-Sdk-Content-Sha256";
    private static final String UNSIGNED = "UNSIGNED-PAYLOAD";

    /** A request as it was received; {@code target} is path and query, still encoded. */
    record Request(String method, String target, MultiMap headers, byte[] body) {}

    private final String accessKey;
    private final List<String> signedHeaders;
    private final String signature;

    private RequestSignature(String accessKey, List<String> signedHeaders, String signature) {
        this.accessKey = accessKey;
        this.signedHeaders = signedHeaders;
        this.signature = signature;
    }

    static RequestSignature parse(String authorization) {
        Matcher matcher = AUTHORIZATION.matcher(authorization.strip());
        if (!matcher.matches()) {
            throw new ApiException.Unauthorized("Authorization must be '" + SCHEME
                    + " Access=<access key>, SignedHeaders=<h1;h2>, Signature=<64 hex digits>'");
        }
        List<String> headers = Arrays.asList(matcher.group(2).split(";", -1));
        if (!headers.contains(DATE)) {
            throw new ApiException.Unauthorized("X-Sdk-Date must be among the SignedHeaders");
        }
        requireFewAndOnce(headers);
        return new RequestSignature(matcher.group(1), headers, matcher.group(3));
    }

    /** Each name costs its header's value in the text that is hashed. */
    private static void requireFewAndOnce(List<String> headers) {
        if (headers.size() > MOST_SIGNED_HEADERS) {
            throw new ApiException.Unauthorized(
                    "the SignedHeaders are more than " + MOST_SIGNED_HEADERS + ": sign fewer headers");
        }
        Set<String> names = new HashSet<>();
        for (String header : headers) {
            if (!names.add(header.toLowerCase(Locale.ROOT))) {
                throw new ApiException.Unauthorized(
                        "the header " + header + " stands twice among the SignedHeaders: name it once");
            }
        }
    }

    String accessKey() {
        return accessKey;
    }

    String text() {
        return signature;
    }

    /** Returns when the request was signed with this secret, lately; fails with {@link ApiException.Unauthorized}. */
    void verify(Request request, byte[] secret, Instant now) {
        check(request, now);
        if (!fits(request, secret)) {
            throw misfit();
        }
    }

    /** What can be wrong without the secret being so: the clock, and a hash that is not the body's. */
    void check(Request request, Instant now) {
        checkClock(request.headers().get(DATE), now);
        String claimed = request.headers().get(HASH);
        if (claimed != null && !claimed.equals(UNSIGNED) && !claimed.equalsIgnoreCase(sha256(request.body()))) {
            throw new ApiException.Unauthorized("X-Sdk-Content-Sha256 is not the hash of the body");
        }
    }

    boolean fits(Request request, byte[] secret) {
        String claimed = request.headers().get(HASH);
        String payload = claimed == null ? sha256(request.body()) : claimed;
        byte[] sent = signature.getBytes(StandardCharsets.US_ASCII);
        return MessageDigest.isEqual(sent, sign(request, payload, secret, false))
                || MessageDigest.isEqual(sent, sign(request, payload, secret, true));
    }

    static ApiException misfit() {
        return new ApiException.Unauthorized(
                "the signature does not fit the request: check the secret key, and that no proxy changes the path,"
                        + " the Host header or the body");
    }

    private static void checkClock(@Nullable String stamp, Instant now) {
        Instant signedAt;
        try {
            signedAt = LocalDateTime.parse(stamp == null ? "" : stamp, STAMP).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new ApiException.Unauthorized("X-Sdk-Date must be in UTC like 20261120T135108Z");
        }
        if (Duration.between(signedAt, now).abs().compareTo(TOLERANCE) > 0) {
            throw new ApiException.Unauthorized("X-Sdk-Date is more than " + TOLERANCE.toMinutes()
                    + " minutes off: the server's time is " + STAMP.format(now.atZone(ZoneOffset.UTC)));
        }
    }

    private byte[] sign(Request request, String payload, byte[] secret, boolean sortValues) {
        String canonical = canonical(request, payload, sortValues);
        String toSign =
                SCHEME + "\n" + request.headers().get(DATE) + "\n" + sha256(canonical.getBytes(StandardCharsets.UTF_8));
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return HexFormat.of()
                    .formatHex(mac.doFinal(toSign.getBytes(StandardCharsets.UTF_8)))
                    .getBytes(StandardCharsets.US_ASCII);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private String canonical(Request request, String payload, boolean sortValues) {
        int mark = request.target().indexOf('?');
        String path = mark < 0 ? request.target() : request.target().substring(0, mark);
        String query = mark < 0 ? "" : request.target().substring(mark + 1);
        String headers = signedHeaders.stream()
                .map(name -> name + ":" + value(request.headers(), name) + "\n")
                .collect(Collectors.joining());
        return String.join(
                "\n",
                request.method(),
                canonicalPath(path),
                canonicalQuery(query, sortValues),
                headers,
                String.join(";", signedHeaders),
                payload);
    }

    private static String value(MultiMap headers, String name) {
        String value = headers.get(name);
        if (value == null) {
            throw new ApiException.Unauthorized("the header " + name + " is signed but was not sent");
        }
        return value.strip();
    }

    static String canonicalPath(String path) {
        List<String> segments = new ArrayList<>(Arrays.asList(path.split("/")));
        String joined = segments.stream()
                .skip(1)
                .map(segment -> encode(decode(segment.replace("+", "%2B"))) + "/")
                .collect(Collectors.joining());
        return "/" + joined;
    }

    static String canonicalQuery(String query, boolean sortValues) {
        record Pair(String key, String value) {}
        Comparator<Pair> byKey = Comparator.comparing(Pair::key);
        return Arrays.stream(query.split("&"))
                .filter(part -> !part.isEmpty())
                .map(part -> part.split("=", 2))
                .map(part -> new Pair(encode(decode(part[0])), part.length < 2 ? "" : encode(decode(part[1]))))
                .sorted(sortValues ? byKey.thenComparing(Pair::value) : byKey)
                .map(pair -> pair.key() + "=" + pair.value())
                .collect(Collectors.joining("&"));
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ApiException.BadRequest("the path or the query string is malformed: check its percent-encoding");
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
