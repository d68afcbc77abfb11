import type { HttpRow } from "./types";

const PART = /(?:(name|method|status|scenario|group):)?(>=|<=|>|<|=|!)?("[^"]*"|\S+)/g;

type Test = (row: HttpRow) => boolean;

/** A filter as people type it: `login`, `status:>=400`, `method:POST name:cart`. All parts must hold; `!` negates. */
export function rowFilter(expression: string): Test {
  const tests = [...expression.matchAll(PART)].map(([, field = "name", operator = "", quoted = ""]): Test => {
    const wanted = quoted.replace(/^"|"$/g, "").toLowerCase();
    if (field === "status") return statusTest(operator, wanted);
    const key = field as "name" | "method" | "scenario" | "group";
    return (row) => {
      const value = row[key].toLowerCase();
      const matches = operator === "=" ? value === wanted : value.includes(wanted);
      return operator === "!" ? !matches : matches;
    };
  });
  return (row) => tests.every((test) => test(row));
}

function statusTest(operator: string, wanted: string): Test {
  const number = Number(wanted);
  // "4xx", or part of a number: "40".
  if (Number.isNaN(number) || (!operator && wanted.length < 3))
    return (row) => String(row.status).startsWith(wanted.replace(/x+$/, "")) !== (operator === "!");
  const compare: Record<string, Test> = {
    ">=": (row) => row.status >= number,
    "<=": (row) => row.status <= number,
    ">": (row) => row.status > number,
    "<": (row) => row.status < number,
    "!": (row) => row.status !== number,
  };
  return compare[operator] ?? ((row) => row.status === number);
}
