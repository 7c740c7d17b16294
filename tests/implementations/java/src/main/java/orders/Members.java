package orders;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Reads and checks the members of a command. */
record Members(JsonNode json) {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern DATE_TIME =
            Pattern.compile("[^T]{10}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])");

    String required(String name, Predicate<String> valid) {
        JsonNode value = json.path(name);
        if (!value.isTextual() || !valid.test(value.textValue())) {
            throw Rejection.invalid(name + " is missing or not as it should be");
        }
        return value.textValue();
    }

    String optional(String name, Predicate<String> valid) {
        return json.has(name) ? required(name, valid) : null;
    }

    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** 1 to 1,000 characters; those beyond the basic plane count once, their halves alone are none. */
    static boolean isCustomer(String text) {
        long length = text.codePoints().count();
        return length >= 1 && length <= 1000 && text.codePoints().allMatch(Members::isCharacter);
    }

    private static boolean isCharacter(int codePoint) {
        return codePoint >= ' ' && !(codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE);
    }

    /** RFC 3339. The pattern has the fraction and the offset, java.time the calendar and the clock. */
    static boolean isDateTime(String text) {
        if (!DATE_TIME.matcher(text).matches()) {
            return false;
        }
        try {
            LocalDateTime.parse(text.substring(0, 19));
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }
}
