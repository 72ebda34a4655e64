import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/** Numbers of one kind, sorted; never empty. */
record Sample(double[] sorted) {
    static Sample of(Collection<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalStateException("nothing was measured");
        }
        return new Sample(values.stream().mapToDouble(Double::doubleValue).sorted().toArray());
    }

    static Sample of(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Sample(sorted);
    }

    /** Nearest rank. */
    double percentile(double percent) {
        return sorted[Math.max(0, (int) Math.ceil(percent / 100 * sorted.length) - 1)];
    }

    /** Of an even number the mean of the middle two. */
    double median() {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    double least() {
        return sorted[0];
    }

    double most() {
        return sorted[sorted.length - 1];
    }

    /** Three digits that say something. */
    static String text(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 || value == Math.rint(value) && size >= 10 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }
}
