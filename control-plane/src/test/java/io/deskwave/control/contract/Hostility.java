package io.deskwave.control.contract;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** What attackers, broken clients and unlucky people send. For one thread. */
final class Hostility {
    /** As they stand in JSON. */
    private static final List<String> VALUES = List.of(
            "null",
            "1e400",
            "-1e400",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775809",
            "2147483648",
            "1.5",
            "-0",
            "1e-400",
            "12345678901234567890123456789012345678901234567890",
            "[]",
            "{}",
            "[[[[]]]]",
            "[null]",
            "[{}]",
            "true",
            "\"\"",
            "\"\\u0000\"",
            "\"a\\u0000b\"",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "\"\\u202e\\u200b\\ufeff\"",
            "\"\\ud83d\\ude80\"",
            "\"'; DROP TABLE desktops; --\"",
            "\"' OR '1'='1\"",
            "\"\\\\\"",
            "\"%\"",
            "\"_%_\"",
            "\"<script>alert(1)</script>\"",
            "\"${jndi:ldap://localhost/x}\"",
            "\"{{7*7}}\"",
            "\"../../../../etc/passwd\"",
            "\"%s%n%x\"",
            "\"\\r\\nX-Injected: 1\"",
            "\"+10000-01-01T00:00:00Z\"",
            "\"0000-00-00T00:00:00Z\"",
            "\"2026-02-30 25:61:61\"",
            "\"NaN\"",
            "\"00000000-0000-0000-0000-000000000000\"");

    private static final List<String> IN_PATHS = List.of(
            "%00",
            "%",
            "%zz",
            "%ff",
            "%c3%28",
            "..",
            "%2e%2e",
            "%2f",
            "a%2fb",
            "%5c",
            ";x=1",
            "%20",
            "+",
            "'",
            "%27%20OR%201%3D1",
            "*",
            "%F0%9F%9A%80",
            "%E2%80%AE",
            "{project_id}",
            "$",
            "-1",
            "0",
            "null",
            "%25%32%66",
            "a".repeat(3000),
            "%41".repeat(500));

    private static final List<String> HEADERS = List.of(
            "X-Project-Id: other",
            "X-Project-Id: ",
            "X-HTTP-Method-Override: DELETE",
            "X-Forwarded-For: 127.0.0.1",
            "X-Original-URL: /health/live",
            "Authorization: Basic x",
            "Authorization: SDK-HMAC-SHA256 Access=, SignedHeaders=, Signature=",
            "Authorization: SDK-HMAC-SHA256 Access=x",
            "X-Auth-Token: junk",
            "X-Auth-Token: \u00ff\u0001",
            "Content-Type: multipart/form-data; boundary=x",
            "Content-Type: application/json; charset=utf-16",
            "Content-Type: ,",
            "Content-Encoding: gzip",
            "Accept: text/html",
            "Accept-Encoding: gzip;q=x",
            "Expect: 100-continue",
            "Expect: 200-maybe",
            "Connection: Upgrade",
            "Upgrade: h2c",
            "Range: bytes=0-1",
            "If-None-Match: *",
            "Cookie: " + "a=b; ".repeat(500),
            "X-Request-Id: " + "x".repeat(200),
            "X-Request-Id: <script>",
            "Origin: https://elsewhere.example",
            "Host: elsewhere.example",
            "Transfer-Encoding: identity",
            "Content-Length: -1",
            "Content-Length: 1, 1",
            "Content-Length: 99999999999999999999",
            "Content-Length: 3000000",
            " folded: x",
            "no colon",
            ": empty",
            "X-Long: " + "y".repeat(70_000));

    private static final List<String> BODIES = List.of(
            "",
            " ",
            "null",
            "0",
            "\"\"",
            "[]",
            "{",
            "}",
            "{\"a\"}",
            "{\"a\":1,}",
            "{'a':1}",
            "{\"a\":NaN}",
            "{\"a\":01}",
            "{}{}",
            "{} x",
            "\ufeff{}",
            "/* */{}",
            "{\"\":1}",
            "{\"__proto__\":{},\"constructor\":1,\"$ref\":\"#\"}",
            "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "a=b&c=d",
            "[".repeat(2_000) + "]".repeat(2_000),
            "{\"a\":".repeat(500) + "1" + "}".repeat(500),
            "[".repeat(30_000),
            "{\"a\":\"" + "x".repeat(200_000) + "\"}",
            "{\"a\":" + "9".repeat(5_000) + "}",
            "{\"a\":[" + "1,".repeat(30_000) + "1]}");

    private static final List<String> METHODS =
            List.of("HEAD", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "get", "PRI", "X".repeat(40), "DELETE", "PUT");

    private final Random random;

    Hostility(Random random) {
        this.random = random;
    }

    private String any(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** One field has a hostile value, stands there twice, or is misspelt. */
    String body(JsonObject fitting) {
        String text = fitting.encode();
        if (fitting.isEmpty()) {
            return any(BODIES);
        }
        List<String> names = List.copyOf(fitting.fieldNames());
        String name = any(names);
        String member = "\"" + name + "\":";
        return switch (random.nextInt(4)) {
            case 0 -> "{" + member + any(VALUES) + "," + text.substring(1);
            case 1 -> {
                JsonObject less = fitting.copy();
                less.remove(name);
                yield less.encode();
            }
            case 2 -> text.replaceFirst("\"" + name.substring(0, 1), "\"x" + name.charAt(0));
            default -> replaced(fitting, name);
        };
    }

    private String replaced(JsonObject fitting, String name) {
        JsonObject less = fitting.copy();
        Object value = less.remove(name);
        String hostile = value instanceof JsonObject inner && !inner.isEmpty() ? body(inner) : any(VALUES);
        String rest = less.encode();
        return "{\"" + name + "\":" + hostile + (less.isEmpty() ? "" : ",") + rest.substring(1);
    }

    byte[] anyBody() {
        if (random.nextInt(4) == 0) {
            byte[] noise = new byte[1 + random.nextInt(300)];
            random.nextBytes(noise);
            return noise;
        }
        return any(BODIES).getBytes(StandardCharsets.UTF_8);
    }

    String queryValue() {
        return any(IN_PATHS);
    }

    /** The request, spoilt where HTTP itself is concerned. */
    Request wire(Request request) {
        String target = request.target();
        return switch (random.nextInt(8)) {
            case 0 -> request.by(any(METHODS));
            case 1 -> request.to(step(target));
            case 2 -> request.to(target + (target.contains("?") ? "&" : "?") + any(IN_PATHS) + "=" + any(IN_PATHS));
            case 3 ->
                request.to(any(List.of(
                        "*",
                        "/",
                        "//",
                        "/v2",
                        "/" + target,
                        target + "/",
                        target + "#x",
                        "http://localhost" + target,
                        target.replace("/v2/", "/v2//"),
                        "/docs/../openapi.json",
                        "/docs/%2e%2e/x",
                        "/openapi.json?x",
                        target + "?" + "a=b&".repeat(2000))));
            case 4 -> new Request(request.method(), target, List.of(), request.body());
            case 5 -> request.with("Transfer-Encoding: chunked").withBody(chunks(request.body()));
            default -> request.with(any(HEADERS));
        };
    }

    private String step(String target) {
        String[] parts = target.split("\\?", 2);
        String[] steps = parts[0].split("/", -1);
        steps[1 + random.nextInt(steps.length - 1)] = any(IN_PATHS);
        return String.join("/", steps) + (parts.length > 1 ? "?" + parts[1] : "");
    }

    private byte[] chunks(byte[] body) {
        String whole = new String(body, StandardCharsets.ISO_8859_1);
        String good = Integer.toHexString(body.length) + "\r\n" + whole + "\r\n0\r\n\r\n";
        String sent =
                switch (random.nextInt(5)) {
                    case 0 -> "zz\r\n" + whole + "\r\n0\r\n\r\n";
                    case 1 -> "-1\r\n\r\n0\r\n\r\n";
                    case 2 -> "ffffffffffffffff\r\n" + whole;
                    case 3 ->
                        (body.length == 0 ? "" : good.substring(0, good.length() - 5)) + "0\r\nX-Trailer: 1\r\n\r\n";
                    default -> body.length == 0 ? "0\r\n\r\n" : good;
                };
        return sent.getBytes(StandardCharsets.ISO_8859_1);
    }
}
