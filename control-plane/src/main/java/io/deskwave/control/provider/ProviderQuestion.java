package io.deskwave.control.provider;

import io.deskwave.control.desktop.ProviderCall;
import io.deskwave.protocol.HostInfo.NetworkInterface;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the provider reads: one JSON object on one line. Its form is documented in the README. What callers of the API wrote
 * comes last, so that a script that cannot read JSON may cut it off. Pure.
 */
final class ProviderQuestion {
    private static final int VERSION = 1;

    /** Of what a desktop was given when its place was made: what says how its machine is to be. */
    private static final List<String> ATTRIBUTES = List.of(
            "availability_zone",
            "product_id",
            "flavor_id",
            "image_type",
            "image_id",
            "root_volume",
            "data_volumes",
            "vpc_id",
            "subnet_id",
            "security_groups",
            "ou_name",
            "user_name",
            "user_group",
            "enterprise_project_id",
            "domain");

    /** Agents say what they like: a piece of an address would find other machines. */
    private static final Pattern MAC = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");

    private ProviderQuestion() {}

    /** @param endpoint where agents reach the control plane */
    static String of(ProviderCall call, String endpoint) {
        var question = new JsonObject()
                .put("version", VERSION)
                .put("action", call.op().name().toLowerCase(Locale.ROOT))
                .put("action_id", call.actionId().toString())
                .put("deadline", call.deadline().toString())
                .put("project_id", call.projectId());
        if (call.enrollmentToken() != null) {
            question.put(
                    "enrollment", new JsonObject().put("endpoint", endpoint).put("token", call.enrollmentToken()));
        }
        return question.put("desktop", desktop(call)).encode() + "\n";
    }

    private static JsonObject desktop(ProviderCall call) {
        var tags = new JsonArray();
        call.tags()
                .forEach(tag -> tags.add(new JsonObject().put("key", tag.key()).put("value", tag.value())));
        var attributes = new JsonObject();
        ATTRIBUTES.stream()
                .filter(call.attributes()::containsKey)
                .forEach(name -> attributes.put(name, call.attributes().getValue(name)));
        return new JsonObject()
                .put("desktop_id", call.desktopId().toString())
                .put("computer_name", call.computerName())
                .put("machine_id", call.machineId())
                .put(
                        "mac_addresses",
                        array(interfaces(call).map(NetworkInterface::mac).filter(MAC.asMatchPredicate())))
                .put(
                        "ip_addresses",
                        array(interfaces(call)
                                .flatMap(each -> Stream.concat(each.ipv4().stream(), each.ipv6().stream()))))
                .put("os_type", call.host().osType())
                .put(
                        "pool_id",
                        Optional.ofNullable(call.poolId()).map(Object::toString).orElse(null))
                .put("tags", tags)
                .put("attributes", attributes);
    }

    private static Stream<NetworkInterface> interfaces(ProviderCall call) {
        return call.host().interfaces().stream();
    }

    private static JsonArray array(Stream<String> texts) {
        return new JsonArray(texts.filter(text -> !text.isEmpty()).distinct().toList());
    }
}
