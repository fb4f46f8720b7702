// Evaluation: what each pattern letter prints for a moment in a time zone.
#include "engine/stream/java_time_format.h"

#include <absl/strings/str_format.h>

#include <cstdlib>

namespace hydrant {
namespace {

// How a number shows its sign: Java's SignStyle.
enum class Sign { kNormal, kExceedsPad };

struct Moment {
  absl::TimeZone::CivilInfo civil;
  absl::CivilDay day;
  int64_t nanos;  // of the second
  std::string zone;

  int64_t year() const { return civil.cs.year(); }
  int month() const { return civil.cs.month(); }
  int64_t year_of_era() const { return year() >= 1 ? year() : 1 - year(); }
  int day_of_week() const {  // Monday is 0
    return static_cast<int>(absl::GetWeekday(day));
  }
  int64_t second_of_day() const {
    return civil.cs.hour() * 3600 + civil.cs.minute() * 60 + civil.cs.second();
  }
};

constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
constexpr std::string_view kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday"};
constexpr std::string_view kQuarters[] = {"1st quarter", "2nd quarter", "3rd quarter",
                                          "4th quarter"};

void AppendNumber(int64_t value, int width, Sign sign, std::string& out) {
  const std::string digits = std::to_string(std::abs(value));
  const int length = static_cast<int>(digits.size());
  if (value < 0) {
    out += '-';
  } else if (sign == Sign::kExceedsPad && length > width) {
    out += '+';
  }
  if (length < width) out.append(width - length, '0');
  out += digits;
}

// Years: two letters are the last two digits, four and more show a sign when the year needs more.
void AppendYear(int64_t year, int count, std::string& out) {
  if (count == 2) {
    AppendNumber(std::abs(year) % 100, 2, Sign::kNormal, out);
  } else {
    AppendNumber(year, count, count < 4 ? Sign::kNormal : Sign::kExceedsPad, out);
  }
}

// Three letters are the short form, four the full, five one character.
void AppendName(std::string_view name, int count, std::string& out) {
  out += name.substr(0, count == 3 ? 3 : count == 4 ? std::string_view::npos : 1);
}

void AppendQuarter(const Moment& moment, int count, std::string& out) {
  const int quarter = (moment.month() - 1) / 3;
  if (count == 3) out += 'Q';
  if (count == 4) {
    out += kQuarters[quarter];
  } else {
    AppendNumber(quarter + 1, count == 2 ? 2 : 1, Sign::kNormal, out);
  }
}

void AppendMonth(const Moment& moment, int count, std::string& out) {
  if (count < 3) return AppendNumber(moment.month(), count, Sign::kNormal, out);
  AppendName(kMonths[moment.month() - 1], count, out);
}

void AppendEra(const Moment& moment, int count, std::string& out) {
  const bool after = moment.year() >= 1;
  if (count == 4) {
    out += after ? "Anno Domini" : "Before Christ";
  } else {
    out += std::string_view(after ? "AD" : "BC").substr(0, count == 5 ? 1 : 2);
  }
}

// US weeks: they begin on Sunday.
absl::CivilDay WeekStart(absl::CivilDay day) {
  return day - (static_cast<int>(absl::GetWeekday(day)) + 1) % 7;
}
int64_t WeekNumber(absl::CivilDay day, absl::CivilDay first_of_period) {
  return (WeekStart(day) - WeekStart(first_of_period)) / 7 + 1;
}
int64_t WeekBasedYear(absl::CivilDay day) { return (WeekStart(day) + 6).year(); }

void AppendDayOfWeek(const Moment& moment, int count, std::string& out) {
  if (count < 3) {
    return AppendNumber((moment.day_of_week() + 1) % 7 + 1, count, Sign::kNormal, out);
  }
  AppendName(kDays[moment.day_of_week()], count, out);
}

struct OffsetStyle {
  bool colon = false;
  bool minutes_always = true;
  bool seconds = false;  // shown when they are not zero
};

// `zero` is what stands when everything shown would be zero.
void AppendOffset(int offset_s, OffsetStyle style, std::string_view zero, std::string& out) {
  const int hours = std::abs(offset_s) / 3600;
  const int minutes = std::abs(offset_s) / 60 % 60;
  const int seconds = style.seconds ? std::abs(offset_s) % 60 : 0;
  if (hours == 0 && minutes == 0 && seconds == 0) {
    out += zero;
    return;
  }
  const char* colon = style.colon ? ":" : "";
  absl::StrAppendFormat(&out, "%c%02d", offset_s < 0 ? '-' : '+', hours);
  if (style.minutes_always || minutes != 0 || seconds != 0) {
    absl::StrAppendFormat(&out, "%s%02d", colon, minutes);
  }
  if (seconds != 0) absl::StrAppendFormat(&out, "%s%02d", colon, seconds);
}

void AppendIsoOffset(int offset_s, char letter, int count, std::string& out) {
  constexpr OffsetStyle kStyles[] = {{false, false, false},
                                     {false, true, false},
                                     {true, true, false},
                                     {false, true, true},
                                     {true, true, true}};
  std::string_view zero = count == 1 ? "+00" : count % 2 == 0 ? "+0000" : "+00:00";
  AppendOffset(offset_s, kStyles[count - 1], letter == 'X' ? "Z" : zero, out);
}

void AppendGmtOffset(int offset_s, bool full, std::string& out) {
  out += "GMT";
  if (full) return AppendOffset(offset_s, {true, true, true}, "", out);
  std::string text;
  AppendOffset(offset_s, {true, false, true}, "", text);
  if (text.size() > 2 && text[1] == '0') text.erase(1, 1);
  out += text;
}

void AppendZoneText(const Moment& moment, char letter, int count, std::string& out) {
  const int offset_s = moment.civil.offset;
  switch (letter) {
    case 'V':
      out += moment.zone;
      return;
    case 'z':
      if (count < 4) {
        out += moment.civil.zone_abbr;
      } else {
        out += moment.zone == "UTC" ? "Coordinated Universal Time" : moment.zone;
      }
      return;
    case 'O':
      return AppendGmtOffset(offset_s, count == 4, out);
    case 'Z':
      if (count == 4) return AppendGmtOffset(offset_s, true, out);
      if (count == 5) return AppendOffset(offset_s, {true, true, true}, "Z", out);
      return AppendOffset(offset_s, {}, "+0000", out);
    default:
      return AppendIsoOffset(offset_s, letter, count, out);
  }
}

int64_t TimeOfDayField(const Moment& moment, char letter) {
  const int hour = moment.civil.cs.hour();
  switch (letter) {
    case 'h':
      return (hour + 11) % 12 + 1;
    case 'H':
      return hour;
    case 'k':
      return (hour + 23) % 24 + 1;
    case 'K':
      return hour % 12;
    case 'm':
      return moment.civil.cs.minute();
    case 's':
      return moment.civil.cs.second();
    case 'A':
      return moment.second_of_day() * 1000 + moment.nanos / 1'000'000;
    case 'n':
      return moment.nanos;
    default:
      return moment.second_of_day() * 1'000'000'000 + moment.nanos;  // N
  }
}

void AppendDateField(const Moment& moment, char letter, int count, std::string& out) {
  switch (letter) {
    case 'G':
      return AppendEra(moment, count, out);
    case 'u':
      return AppendYear(moment.year(), count, out);
    case 'y':
      return AppendYear(moment.year_of_era(), count, out);
    case 'Y':
      return AppendYear(WeekBasedYear(moment.day), count, out);
    case 'Q':
    case 'q':
      return AppendQuarter(moment, count, out);
    case 'M':
    case 'L':
      return AppendMonth(moment, count, out);
    case 'D':
      return AppendNumber(absl::GetYearDay(moment.day), count, Sign::kNormal, out);
    case 'd':
      return AppendNumber(moment.civil.cs.day(), count, Sign::kNormal, out);
    case 'F':
      return AppendNumber((moment.civil.cs.day() - 1) % 7 + 1, 1, Sign::kNormal, out);
    case 'E':
      return AppendName(kDays[moment.day_of_week()], count < 3 ? 3 : count, out);
    case 'e':
    case 'c':
      return AppendDayOfWeek(moment, count, out);
    case 'W': {
      const absl::CivilDay first(moment.year(), moment.month(), 1);
      return AppendNumber(WeekNumber(moment.day, first), count, Sign::kNormal, out);
    }
    default: {  // w
      const absl::CivilDay first(WeekBasedYear(moment.day), 1, 1);
      return AppendNumber(WeekNumber(moment.day, first), count, Sign::kNormal, out);
    }
  }
}

void AppendField(const Moment& moment, char letter, int count, std::string& out) {
  constexpr std::string_view kTimeOfDay = "hHkKmsAnN";
  constexpr std::string_view kZone = "VzOXxZ";
  if (kTimeOfDay.find(letter) != std::string_view::npos) {
    AppendNumber(TimeOfDayField(moment, letter), count, Sign::kNormal, out);
  } else if (kZone.find(letter) != std::string_view::npos) {
    AppendZoneText(moment, letter, count, out);
  } else if (letter == 'a') {
    out += moment.civil.cs.hour() < 12 ? "AM" : "PM";
  } else if (letter == 'S') {
    out += absl::StrFormat("%09d", moment.nanos).substr(0, count);
  } else {
    AppendDateField(moment, letter, count, out);
  }
}

}  // namespace

Status JavaTimeFormat::AppendTo(absl::Time time, const absl::TimeZone& zone,
                                std::string& out) const {
  Moment moment;
  moment.civil = zone.At(time);
  moment.day = absl::CivilDay(moment.civil.cs);
  moment.nanos = absl::ToInt64Nanoseconds(moment.civil.subsecond);
  moment.zone = zone.name();
  for (const Step& step : steps_) {
    if (step.letter == 0) {
      out += step.literal;
      continue;
    }
    const size_t start = out.size();
    AppendField(moment, step.letter, step.count, out);
    const size_t length = out.size() - start;
    if (step.pad_width == 0) continue;
    if (length > static_cast<size_t>(step.pad_width)) {
      return InvalidArgument("Cannot print as output of " + std::to_string(length) +
                             " characters exceeds pad width of " + std::to_string(step.pad_width));
    }
    out.insert(start, step.pad_width - length, ' ');
  }
  return absl::OkStatus();
}

}  // namespace hydrant
