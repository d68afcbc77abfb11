// Numbers and times as people read them; the rules are those of baltoro/web/formats.py, and one table of examples tests both.

export const NOTHING = "–";

export interface Figure {
  value: string;
  unit: string;
}

type Maybe = number | null | undefined;

const figure = (value: string, unit: string): Figure => ({ value, unit });

export const text = ({ value, unit }: Figure): string => (unit ? `${value} ${unit}` : value);

const fixed = (number: number, decimals: number): string =>
  number.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

// Three digits that matter, as far as there are three.
const decimals = (number: number): number => (Math.abs(number) < 10 ? 2 : Math.abs(number) < 100 ? 1 : 0);

export const count = (number: Maybe): string => (number == null ? NOTHING : fixed(number, 0));

export function plain(number: Maybe): string {
  if (number == null) return NOTHING;
  return Math.abs(number) < 1000 ? number.toLocaleString("en-US", { maximumFractionDigits: 3 }) : fixed(number, 0);
}

export function perSecond(number: Maybe, what = "req/s"): Figure {
  if (number == null) return figure(NOTHING, what);
  const size = Math.abs(number);
  return figure(fixed(number, size > 0 && size < 10 ? 2 : size < 1000 ? 1 : 0), what);
}

export function durationMs(milliseconds: Maybe): Figure {
  if (milliseconds == null) return figure(NOTHING, "ms");
  if (Math.abs(milliseconds) < 999.5) return figure(milliseconds ? fixed(milliseconds, decimals(milliseconds)) : "0", "ms");
  const seconds = milliseconds / 1000;
  if (seconds < 120) return figure(fixed(seconds, seconds < 10 ? 2 : 1), "s");
  return figure(fixed(seconds / 60, 1), "min");
}

export function percent(share: Maybe): Figure {
  if (share == null) return figure(NOTHING, "%");
  if (share === 0 || share === 1) return figure(fixed(share * 100, 0), "%");
  const hundredths = share * 100;
  if (hundredths > 0 && hundredths < 0.1) return figure("<0.1", "%");
  return figure((hundredths > 99 ? Math.floor(hundredths * 10 + 1e-9) / 10 : hundredths).toFixed(1), "%");
}

export function data(number: Maybe): Figure {
  if (number == null) return figure(NOTHING, "B");
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (Math.abs(number) < 999.5) return figure(fixed(number, unit === "B" ? 0 : decimals(number)), unit);
    number /= 1000;
  }
  return figure(fixed(number, decimals(number)), "TB");
}

export function measured(number: Maybe, contains: string, kind: string): Figure {
  if (kind === "rate") return percent(number);
  if (contains === "time") return durationMs(number);
  if (contains === "data") return data(number);
  return figure(plain(number), "");
}

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const two = (number: number): string => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const left = whole % 60;
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes) return left ? `${minutes} min ${left} s` : `${minutes} min`;
  return `${left} s`;
}

export function ago(moment: Date, now: Date): string {
  const seconds = (now.getTime() - moment.getTime()) / 1000;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86400);
  if (days === 1) return "yesterday";
  return days < 60 ? `${days} d ago` : localDate(moment);
}

const DATE = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

const localDate = (moment: Date): string => DATE.format(moment);

export const localClock = (moment: Date): string => CLOCK.format(moment);

/** "Today, 09:14:03", "Yesterday, 18:00:00", "Nov 2, 2026, 09:14:03" in the viewer's zone. */
export function localTime(moment: Date, now = new Date()): string {
  const day = (date: Date): string => date.toDateString();
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  const name = day(moment) === day(now) ? "Today" : day(moment) === day(yesterday) ? "Yesterday" : localDate(moment);
  return `${name}, ${localClock(moment)}`;
}
