import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * One line of the table. The figure is the median of its rounds, or a percentile of one long look; the spread is from the
 * least to the most. {@code target} is null where there is none.
 */
record Row(String name, int agents, String unit, double figure, Sample sample, Target target, String note) {
    /** What the figure should be at most, or at least. */
    record Target(double bound, boolean isMost) {
        static Target atMost(double bound) {
            return new Target(bound, true);
        }

        static Target atLeast(double bound) {
            return new Target(bound, false);
        }

        boolean isMet(double figure) {
            return isMost ? figure <= bound : figure >= bound;
        }

        String verdict(double figure) {
            double share = bound == 0 ? 0 : Math.abs(figure - bound) / bound * 100;
            return (isMet(figure) ? "met" : "**missed**") + " by " + Sample.text(share) + " %";
        }

        String text(String unit) {
            return (isMost ? "≤ " : "≥ ") + Sample.text(bound) + suffix(unit);
        }
    }

    static Row median(String name, int agents, String unit, Sample rounds, Target target, String note) {
        return new Row(name, agents, unit, rounds.median(), rounds, target, note);
    }

    static Row p99(String name, int agents, String unit, Sample all, Target target, String note) {
        return new Row(name, agents, unit, all.percentile(99), all, target, note);
    }

    private static String suffix(String unit) {
        return unit.isEmpty() ? "" : " " + unit;
    }

    String markdown() {
        return "| " + name + " | " + (agents == 0 ? "" : agents) + " | " + Sample.text(figure) + suffix(unit) + " | "
                + spread() + " | " + (target == null ? "" : target.text(unit)) + " | "
                + (target == null ? "" : target.verdict(figure)) + " | " + note + " |";
    }

    private String spread() {
        return sample.sorted().length == 1
                ? "once"
                : Sample.text(sample.least()) + " - " + Sample.text(sample.most()) + " (" + sample.sorted().length + ")";
    }

    JsonObject json() {
        var values = new JsonArray();
        if (sample.sorted().length <= 20) {
            for (double value : sample.sorted()) {
                values.add(value);
            }
        }
        var json = new JsonObject()
                .put("case", name)
                .put("agents", agents)
                .put("unit", unit)
                .put("figure", figure)
                .put("median", sample.median())
                .put("least", sample.least())
                .put("most", sample.most())
                .put("count", sample.sorted().length)
                .put("values", values)
                .put("note", note);
        if (target != null) {
            json.put(target.isMost() ? "target_at_most" : "target_at_least", target.bound())
                    .put("met", target.isMet(figure));
        }
        return json;
    }
}
