package io.deskwave.control.schedule;

import io.deskwave.control.http.ApiException;
import java.time.DayOfWeek;
import java.time.Month;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The vendor's comma lists of days and months. */
final class DayLists {
    private static final String LAST = "L";

    private DayLists() {}

    /** 1 is Sunday. */
    static Set<DayOfWeek> weekdays(String text) {
        return numbers(Timing.WEEK_LIST, text, 7, "1 (Sunday) to 7 (Saturday), such as 1,2,7").stream()
                .map(number -> DayOfWeek.SATURDAY.plus(number))
                .collect(Collectors.toSet());
    }

    static Set<Month> months(String text) {
        return numbers(Timing.MONTH_LIST, text, 12, "1 to 12, such as 1,3,12").stream()
                .map(Month::of)
                .collect(Collectors.toSet());
    }

    static Recurrence.Days monthDays(String monthList, String dateList) {
        List<String> dates = new ArrayList<>(entries(dateList));
        boolean last = dates.removeIf(LAST::equalsIgnoreCase);
        String expected = "1 to 31 and L for the last day, such as 1,2,28,L";
        Set<Integer> numbers = dates.isEmpty() && last
                ? Set.of()
                : Set.copyOf(numbers(Timing.DATE_LIST, String.join(",", dates), 31, expected));
        return new Recurrence.Days.OfMonth(months(monthList), numbers, last);
    }

    private static Set<Integer> numbers(String field, String text, int most, String expected) {
        return entries(text).stream()
                .map(entry -> number(field, entry, most, expected))
                .collect(Collectors.toSet());
    }

    private static int number(String field, String entry, int most, String expected) {
        int number = entry.matches("[0-9]{1,2}") ? Integer.parseInt(entry) : 0;
        if (number < 1 || number > most) {
            throw new ApiException.BadRequest(
                    field + " must be a list with commas of " + expected + ", not '" + entry + "'");
        }
        return number;
    }

    /** With what is empty, so that it is refused. */
    private static List<String> entries(String text) {
        return List.of(text.split(",", -1)).stream().map(String::strip).toList();
    }
}
