package io.deskwave.control.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.VertxConnection;
import java.util.function.IntPredicate;

/**
 * Asks whether what a connection has brought may be decoded: Vert.x tells of a head only when it is whole, and what there is
 * of it until then is what a stranger's connection costs. On the connection's event loop.
 */
final class HeadBytes extends ChannelInboundHandlerAdapter {
    private final IntPredicate mayCome;
    private final ChannelHandlerContext end;

    private HeadBytes(IntPredicate mayCome, ChannelHandlerContext end) {
        this.mayCome = mayCome;
        this.end = end;
    }

    /** @param mayCome asked for the size of each piece; where the answer is no the connection is cut off */
    static HeadBytes of(HttpConnection connection, IntPredicate mayCome) {
        ChannelHandlerContext end = ((VertxConnection) connection).channelHandlerContext();
        var asking = new HeadBytes(mayCome, end);
        end.pipeline().addFirst(asking);
        return asking;
    }

    /** Also of one that became a WebSocket, which tells nobody else. Runs on the connection's event loop. */
    static void whenClosed(HttpConnection connection, Runnable then) {
        ((VertxConnection) connection)
                .channelHandlerContext()
                .channel()
                .closeFuture()
                .addListener(closed -> then.run());
    }

    /** Nothing is asked any more. */
    void unhook() {
        if (end.pipeline().context(this) != null) {
            end.pipeline().remove(this);
        }
    }

    /** At once, so that what was decoded is given back before the next connection brings more. */
    void cut() {
        end.channel().close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof ByteBuf bytes && !mayCome.test(bytes.readableBytes())) {
            ReferenceCountUtil.release(message);
            cut();
        } else {
            context.fireChannelRead(message);
        }
    }
}
