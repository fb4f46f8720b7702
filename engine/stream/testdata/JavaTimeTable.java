// Prints java_time_format.tsv: pattern, epoch seconds, nanoseconds, zone, and what Java's DateTimeFormatter makes of them,
// or an empty last column where it refuses the pattern.
//   java engine/stream/testdata/JavaTimeTable.java > engine/stream/testdata/java_time_format.tsv
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

public class JavaTimeTable {
  static final String[] PATTERNS = {
    "yyyy/MM/dd/HH/", "yyyy-MM-dd'T'HH:mm:ss.SSSX", "'year='yyyy'/month='MM", "u", "uu", "uuu",
    "uuuu", "uuuuuu", "y", "yy", "yyy", "yyyy", "yyyyy", "Y", "YY", "YYY", "YYYY", "YYYYYY", "M",
    "MM", "MMM", "MMMM", "MMMMM", "L", "LL", "LLL", "LLLL", "LLLLL", "d", "dd", "D", "DD", "DDD",
    "Q", "QQ", "QQQ", "QQQQ", "QQQQQ", "q", "qq", "qqq", "qqqq", "qqqqq", "w", "ww", "W", "E", "EE",
    "EEE", "EEEE", "EEEEE", "e", "ee", "eee", "eeee", "eeeee", "c", "ccc", "cccc", "ccccc", "F",
    "a", "h", "hh", "H", "HH", "k", "kk", "K", "KK", "m", "mm", "s", "ss", "S", "SS", "SSS",
    "SSSSSS", "SSSSSSSSS", "A", "AAAAAAAAAA", "n", "nnnnnnnnnnnn", "N", "NNNNNNNNNNNNNNNNN", "VV",
    "z", "zz", "zzz", "O", "OOOO", "X", "XX", "XXX", "XXXX", "XXXXX", "x", "xx", "xxx", "xxxx",
    "xxxxx", "Z", "ZZ", "ZZZ", "ZZZZ", "ZZZZZ", "G", "GG", "GGG", "GGGG", "GGGGG", "ppppH",
    "ppppppE", "''", "'o''clock'", "''''", "yyyy''MM", "[yyyy][/MM]", "[yyyy", "YYYY-'w'ww",
    "hh:mm a", "EEEE, d MMMM yyyy", "dd.MM.yyyy", "yyyy/DDD/HH", "-", "yyyy MM  dd"};
  static final String[] REFUSED = {
    "aa", "cc", "FF", "GGGGGG", "MMMMMM", "LLLLLL", "QQQQQQ", "qqqqqq", "DDDD", "ddd", "hhh", "HHH",
    "kkk", "KKK", "mmm", "sss", "SSSSSSSSSS", "www", "WW", "EEEEEE", "eeeeee", "cccccc", "zzzzz",
    "V", "VVV", "OO", "OOO", "OOOOO", "XXXXXX", "xxxxxx", "ZZZZZZ", "p", "p/", "'abc", "'", "{",
    "}", "#", "yyyy]", "b", "C", "f", "i", "I", "j", "J", "l", "o", "P", "r", "R", "t", "T", "U",
    "AAAAAAAAAAAAAAAAAAAA", "yyyyyyyyyyyyyyyyyyyy", "uuuuuuuuuuuuuuuuuuuu", "pH"};
  static final String[][] MOMENTS = {
    {"2018-08-27T10:30:05.123456789Z", "UTC"}, {"2000-01-01T00:00:00Z", "UTC"},
    {"2021-01-02T23:59:59.999999999Z", "UTC"}, {"2022-12-31T12:00:00Z", "America/New_York"},
    {"2024-12-29T05:04:03.000000001Z", "UTC"}, {"2024-02-29T18:45:00.5Z", "Europe/Berlin"},
    {"2023-07-02T01:02:03Z", "Asia/Kolkata"}, {"2025-11-30T15:00:00Z", "Asia/Tokyo"},
    {"2020-06-30T12:34:56.7Z", "Australia/Sydney"}};

  static String format(String pattern, String[] moment) {
    try {
      return DateTimeFormatter.ofPattern(pattern, Locale.US)
          .format(Instant.parse(moment[0]).atZone(ZoneId.of(moment[1])));
    } catch (RuntimeException refused) {
      return "";
    }
  }

  static void print(String pattern, String[] moment) {
    Instant at = Instant.parse(moment[0]);
    System.out.println(
        String.join("\t", pattern, "" + at.getEpochSecond(), "" + at.getNano(), moment[1],
            format(pattern, moment)));
  }

  public static void main(String[] args) {
    for (String pattern : PATTERNS) {
      for (String[] moment : MOMENTS) print(pattern, moment);
    }
    String[][] special = {
      {"zzzz", "2018-08-27T10:30:05Z", "UTC"}, {"yyyy", "+12345-06-07T00:00:00Z", "UTC"},
      {"yyyyyy", "+12345-06-07T00:00:00Z", "UTC"}, {"y", "+12345-06-07T00:00:00Z", "UTC"},
      {"yy", "+12345-06-07T00:00:00Z", "UTC"}, {"uuuu G", "-0044-03-15T00:00:00Z", "UTC"},
      {"yyyy GGGG", "-0044-03-15T00:00:00Z", "UTC"}, {"uu GGGGG", "-0044-03-15T00:00:00Z", "UTC"},
      {"XXXXX XXXX XXX XX X", "1890-01-01T00:00:00Z", "Europe/Berlin"},
      {"O OOOO Z ZZZZ ZZZZZ", "1890-01-01T00:00:00Z", "Europe/Berlin"}};
    for (String[] row : special) print(row[0], new String[] {row[1], row[2]});
    for (String pattern : REFUSED) print(pattern, MOMENTS[0]);
  }
}
