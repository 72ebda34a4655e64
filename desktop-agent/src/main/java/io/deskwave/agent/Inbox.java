package io.deskwave.agent;

import io.deskwave.protocol.ServerMessage;
import java.util.function.Consumer;

/** Takes each kind of message to the one who handles it. Event loop. */
record Inbox(
        ScriptRunner runner,
        PowerSteps power,
        PowerOrders orders,
        WakeOrders wakes,
        Snapshots snapshots,
        Identity identity,
        ControlLink link,
        Consumer<ServerMessage.Welcome> onWelcome)
        implements ServerMessage.Receiver<Boolean> {

    @Override
    public Boolean welcome(ServerMessage.Welcome message) {
        onWelcome.accept(message);
        return true;
    }

    @Override
    public Boolean runScript(ServerMessage.RunScript message) {
        runner.run(message, identity);
        return true;
    }

    @Override
    public Boolean stopScript(ServerMessage.StopScript message) {
        runner.stop(message);
        return true;
    }

    @Override
    public Boolean outputStored(ServerMessage.OutputStored message) {
        runner.outputStored(message);
        return true;
    }

    @Override
    public Boolean outcomeStored(ServerMessage.OutcomeStored message) {
        runner.outcomeStored(message);
        return true;
    }

    @Override
    public Boolean powerStep(ServerMessage.PowerStep message) {
        power.take(message, identity, link);
        return true;
    }

    @Override
    public Boolean powerOrder(ServerMessage.PowerOrder message) {
        orders.take(message, identity, link);
        return true;
    }

    @Override
    public Boolean snapshotOrder(ServerMessage.SnapshotOrder message) {
        snapshots.take(message, identity, link);
        return true;
    }

    @Override
    public Boolean wakeDesktops(ServerMessage.WakeDesktops message) {
        wakes.take(message, identity);
        return true;
    }

    @Override
    public Boolean goAway(ServerMessage.GoAway message) {
        link.goAway(message);
        return true;
    }
}
