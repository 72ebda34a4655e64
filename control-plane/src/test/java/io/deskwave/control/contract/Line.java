package io.deskwave.control.contract;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the server for one request after the other, of which the bytes are the caller's: no client of a library
 * would send them. Opens itself again when the server has closed. For one thread.
 */
final class Line implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int LONGEST_LINE = 128 * 1024;

    private final int port;
    private @Nullable Socket socket;
    private @Nullable InputStream in;

    Line(int port) {
        this.port = port;
    }

    /** Sends it and reads the answer; once more on a new connection when the server had closed the old one meanwhile. */
    Answer send(Request request) throws IOException {
        boolean fresh = socket == null;
        try {
            return sendOnce(request);
        } catch (IOException e) {
            close();
            if (fresh) {
                throw e;
            }
            return sendOnce(request);
        }
    }

    private Answer sendOnce(Request request) throws IOException {
        Socket open = socket == null ? open() : socket;
        byte[] bytes = request.bytes();
        try {
            open.getOutputStream().write(bytes);
        } catch (IOException e) {
            // The server may have answered and closed before it had all of it: then the answer is there to read.
            if (bytes.length < 4096) {
                throw e;
            }
        }
        Answer answer = read(request.method().equals("HEAD"));
        if ("close".equalsIgnoreCase(answer.header("Connection").orElse(""))) {
            close();
        }
        return answer;
    }

    private Socket open() throws IOException {
        Socket opened = new Socket(InetAddress.getLoopbackAddress(), port);
        opened.setTcpNoDelay(true);
        opened.setSoTimeout(PATIENCE_MILLIS);
        socket = opened;
        in = new BufferedInputStream(opened.getInputStream(), 16 * 1024);
        return opened;
    }

    private Answer read(boolean withoutBody) throws IOException {
        String status = line();
        if (!status.matches("HTTP/1\\.[01] [1-5]\\d\\d .*")) {
            throw new IOException("no HTTP: " + status);
        }
        int code = Integer.parseInt(status.substring(9, 12));
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.add(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        if (code == 100) {
            return read(withoutBody);
        }
        Buffer body = withoutBody || code == 204 || code == 101 ? Buffer.buffer() : body(headers);
        return new Answer(code, headers, body);
    }

    private Buffer body(MultiMap headers) throws IOException {
        if ("text/event-stream".equals(headers.get("Content-Type"))) {
            // It has no end of its own.
            headers.set("Connection", "close");
            return Buffer.buffer();
        }
        if ("chunked".equalsIgnoreCase(headers.get("Transfer-Encoding"))) {
            Buffer whole = Buffer.buffer();
            for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
                whole.appendBytes(exactly(size));
                String unused = line();
            }
            String unused = line();
            return whole;
        }
        String length = headers.get("Content-Length");
        return Buffer.buffer(exactly(length == null ? 0 : Integer.parseInt(length)));
    }

    private byte[] exactly(int count) throws IOException {
        byte[] bytes = input().readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the answer broke off");
        }
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = input().read(); c != '\n'; c = input().read()) {
            if (c < 0) {
                throw new EOFException("the server closed the connection" + (line.isEmpty() ? "" : " after " + line));
            }
            line.append((char) c);
            if (line.length() > LONGEST_LINE) {
                throw new IOException("an endless line");
            }
        }
        return new String(line.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8).strip();
    }

    private InputStream input() throws IOException {
        InputStream open = in;
        if (open == null) {
            throw new IOException("not open");
        }
        return open;
    }

    @Override
    public void close() {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            // Closed is closed.
        }
        socket = null;
        in = null;
    }
}
