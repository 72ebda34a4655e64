package io.deskwave.control.contract;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One request as it goes over the wire, so that it may be as wrong as anybody's.
 *
 * @param target path and query string as they are sent
 * @param headers whole lines; {@code Host} and {@code Content-Length} are added where they are not among them
 */
record Request(String method, String target, List<String> headers, byte[] body) {
    static Request of(String method, String target, String token) {
        return new Request(
                method, target, token.isEmpty() ? List.of() : List.of("X-Auth-Token: " + token), new byte[0]);
    }

    Request with(String header) {
        List<String> more = new ArrayList<>(headers);
        more.add(header);
        return new Request(method, target, more, body);
    }

    Request withBody(byte[] bytes) {
        return new Request(method, target, headers, bytes);
    }

    Request withBody(String text) {
        return withBody(text.getBytes(StandardCharsets.UTF_8));
    }

    Request to(String otherTarget) {
        return new Request(method, otherTarget, headers, body);
    }

    Request by(String otherMethod) {
        return new Request(otherMethod, target, headers, body);
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256 + body.length);
        StringBuilder head =
                new StringBuilder(256).append(method).append(' ').append(target).append(" HTTP/1.1\r\n");
        if (!names("host")) {
            head.append("Host: localhost\r\n");
        }
        if (!names("content-length") && !names("transfer-encoding") && (body.length > 0 || !method.equals("GET"))) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        headers.forEach(header -> head.append(header).append("\r\n"));
        out.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        out.writeBytes(body);
        return out.toByteArray();
    }

    private boolean names(String header) {
        return headers.stream().anyMatch(line -> line.regionMatches(true, 0, header + ":", 0, header.length() + 1));
    }

    @Override
    public String toString() {
        return method + " " + target;
    }
}
