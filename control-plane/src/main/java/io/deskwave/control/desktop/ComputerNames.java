package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The vendor's rules for the names of computers, and new names by them. Pure; one for each request. */
final class ComputerNames {
    static final int WIDEST = 15;
    /** Letters and digits, Chinese characters too, and inner hyphens. */
    private static final Pattern FORM =
            Pattern.compile("[A-Za-z0-9\\p{IsHan}]([A-Za-z0-9\\p{IsHan}-]*[A-Za-z0-9\\p{IsHan}])?");

    private static final Pattern PREFIX_FORM = Pattern.compile("[A-Za-z0-9\\p{IsHan}][A-Za-z0-9\\p{IsHan}-]*");
    private static final Pattern UNFIT = Pattern.compile("[^A-Za-z0-9\\p{IsHan}-]");

    private final Set<String> taken = new HashSet<>();
    private final Map<String, Integer> lastNumbers = new HashMap<>();

    /** @param taken the names that are in use in the project */
    ComputerNames(Set<String> taken) {
        taken.forEach(name -> this.taken.add(key(name)));
    }

    /** The name itself, when it is one and is free. */
    String take(String field, String name) {
        if (!FORM.matcher(name).matches() || width(name) > WIDEST) {
            throw new ApiException.BadRequest(field + " must be 1 to " + WIDEST
                    + " letters, digits and hyphens (a Chinese character counts as two), begin with a letter or digit and"
                    + " not end with a hyphen, not '" + name + "'");
        }
        if (!taken.add(key(name))) {
            throw new ApiException.Conflict(
                    "there is a desktop or a place named '" + name + "' already: choose another " + field);
        }
        return name;
    }

    /** The prefix, when names can be made from it. */
    static String prefix(String field, String prefix, int widest) {
        if (!PREFIX_FORM.matcher(prefix).matches() || width(prefix) > widest) {
            throw new ApiException.BadRequest(field + " must be 1 to " + widest
                    + " letters, digits and hyphens (a Chinese character counts as two) and begin with a letter or digit"
                    + " where names are made from it, not '" + prefix + "'");
        }
        return prefix;
    }

    /** A prefix made from a text that may not be one. */
    static String prefixFrom(String text, int widest) {
        String fit = UNFIT.matcher(text.replace('_', '-')).replaceAll("").replaceFirst("^-+", "");
        while (width(fit) > widest) {
            fit = fit.substring(0, fit.offsetByCodePoints(fit.length(), -1));
        }
        return fit.isEmpty() ? "desktop" : fit;
    }

    /** The prefix with the lowest number, of at least two digits, that makes a free name. */
    String next(String field, String prefix) {
        String key = key(prefix);
        int number = lastNumbers.getOrDefault(key, 0);
        String digits;
        do {
            number++;
            digits = number < 10 ? "0" + number : Integer.toString(number);
        } while (!taken.add(key + digits));
        lastNumbers.put(key, number);
        String name = prefix + digits;
        if (width(name) > WIDEST) {
            throw new ApiException.BadRequest("no more names of at most " + WIDEST
                    + " letters, digits and hyphens can be made from '" + prefix + "': choose a shorter " + field
                    + ", or ask for fewer desktops");
        }
        return name;
    }

    static int width(String name) {
        return name.codePoints()
                .map(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN ? 2 : 1)
                .sum();
    }

    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
