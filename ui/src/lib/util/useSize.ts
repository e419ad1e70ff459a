import { type RefObject, useLayoutEffect, useState } from "react";

export interface Measured {
  width: number;
  height: number;
}

/** Size of an element in CSS pixels; zero until it is known. */
export function useSize(element: RefObject<HTMLElement | null>): Measured {
  const [size, setSize] = useState<Measured>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const measure = () => {
      const width = target.clientWidth;
      const height = target.clientHeight;
      setSize((last) => (last.width === width && last.height === height ? last : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
