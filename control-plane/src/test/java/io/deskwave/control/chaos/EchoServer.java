package io.deskwave.control.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Says its name's first letter, then sends back what it gets, each connection until its end. */
final class EchoServer implements AutoCloseable {
    private final ServerSocket listening;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final char name;
    private final Thread accepts;

    EchoServer(char name) {
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.name = name;
        this.accepts = Threads.start("echo-" + name, this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    int connections() {
        return sockets.size();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listening.accept();
                sockets.add(socket);
                Threads.start("echo-" + name + "-" + socket.getPort(), () -> echo(socket));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void echo(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.getOutputStream().write(name);
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            // the caller broke off
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        try {
            accepts.join(); // until it has woken up, the port still takes connections
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
