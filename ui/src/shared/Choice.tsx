import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Switch,
  ToggleButton,
  ToggleButtonGroup,
} from "react-aria-components";
import { Tipped } from "./Button";
import { Icon, type IconName } from "./icons";

export interface Option<K extends string> {
  id: K;
  name: string;
  icon?: IconName;
}

interface SelectProps<K extends string> {
  label: string;
  options: readonly Option<K>[];
  value: K | null;
  placeholder: string;
  onChange: (id: K) => void;
}

export function SelectField<K extends string>({
  label,
  options,
  value,
  placeholder,
  onChange,
}: SelectProps<K>) {
  return (
    <Select
      className="field"
      selectedKey={value}
      placeholder={placeholder}
      onSelectionChange={(key) => key !== null && onChange(String(key) as K)}
    >
      <Label className="lab">{label}</Label>
      <Button className="input dense">
        <SelectValue className="grow cut" />
        <Icon name="down" size="s" />
      </Button>
      <Popover className="popover">
        <ListBox className="menu" items={options}>
          {(option) => (
            <ListBoxItem className="option" textValue={option.name}>
              <span className="tick">
                <Icon name="check" size="xs" />
              </span>
              <span className="grow">{option.name}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}

interface SegmentedProps<K extends string> {
  label: string;
  options: readonly Option<K>[];
  value: K;
  onChange: (id: K) => void;
  /** Pictures only: words become names and tips. */
  icons?: boolean;
}

export function Segmented<K extends string>({
  label,
  options,
  value,
  onChange,
  icons = false,
}: SegmentedProps<K>) {
  return (
    <ToggleButtonGroup
      className={icons ? "seg icons" : "seg"}
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const [key] = keys;
        if (key !== undefined) onChange(String(key) as K);
      }}
    >
      {options.map((option) =>
        icons && option.icon ? (
          <Tipped key={option.id} text={option.name}>
            <ToggleButton id={option.id} aria-label={option.name}>
              <Icon name={option.icon} size="s" />
            </ToggleButton>
          </Tipped>
        ) : (
          <ToggleButton key={option.id} id={option.id}>
            {option.icon ? <Icon name={option.icon} size="s" /> : null}
            {option.name}
          </ToggleButton>
        ),
      )}
    </ToggleButtonGroup>
  );
}

export function SwitchField({
  label,
  on,
  onChange,
}: {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <Switch className="switch" isSelected={on} onChange={onChange}>
      <span className="track" />
      <span>{label}</span>
    </Switch>
  );
}
